package processbatch

import (
	"hash/maphash"
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Watch names the resource attributes that a caller's verdicts rest on: when
// one of them changes, the process's verdict is to be found anew.
type Watch struct {
	All  bool
	Keys []string
}

// subject is what a resource's attributes say about the process.
type subject struct {
	pid          int32
	host         string
	name, attrs  uint32
	creationTime string
}

// identify reads the attributes of a resource; false if it names no process.
func (w *Watch) identify(attrs pcommon.Map) (s subject, ok bool) {
	var id, name string
	var watched uint64
	for k, v := range attrs.All() {
		switch k {
		case "process.pid":
			if v.Type() == pcommon.ValueTypeInt && v.Int() > 0 && v.Int() <= math.MaxInt32 {
				s.pid, ok = int32(v.Int()), true
			}
		case "process.executable.name":
			s.name = uint32(maphash.String(seed, v.Str()))
			watched += uint64(s.name)
			continue
		case "host.id":
			id = v.AsString()
		case "host.name":
			name = v.AsString()
		case "process.creation.time":
			s.creationTime = v.AsString()
		}
		if w.All || contains(w.Keys, k) {
			watched += hashPair(k, v)
		}
	}
	if s.host = id; id == "" {
		s.host = name
	}
	s.attrs = uint32(watched ^ watched>>32)
	return s, ok
}

// creation returns the creation time that the attribute gives, 0 for none.
func (s *subject) creation() int64 {
	if s.creationTime == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, s.creationTime)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}
