package processbatch

import (
	"cmp"
	"hash/maphash"
	"math"
	"math/bits"
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
	pid         int32
	host        string
	name, attrs uint32
}

// identify reads the attributes of a resource; false if it names no process.
func (w *Watch) identify(attrs pcommon.Map) (s subject, ok bool) {
	var id, name string
	for k, v := range attrs.All() {
		switch len(k) { // most keys are none of these
		case len("process.pid"):
			if k == "process.pid" && v.Type() == pcommon.ValueTypeInt && v.Int() > 0 && v.Int() <= math.MaxInt32 {
				s.pid, ok = int32(v.Int()), true
			}
		case len("process.executable.name"):
			if k == "process.executable.name" {
				s.name = uint32(maphash.String(seed, v.Str()))
			}
		case len("host.id"):
			if k == "host.id" {
				id = v.AsString()
			}
		case len("host.name"):
			if k == "host.name" {
				name = v.AsString()
			}
		}
	}
	s.host, s.attrs = cmp.Or(id, name), s.name^w.hash(attrs)
	return s, ok
}

// HostOf names the host that a resource belongs to: host.id, else host.name,
// else empty.
func HostOf(attrs pcommon.Map) string {
	for _, key := range [...]string{"host.id", "host.name"} {
		if v, ok := attrs.Get(key); ok && v.AsString() != "" {
			return v.AsString()
		}
	}
	return ""
}

// hash is a hash of the watched attributes.
func (w *Watch) hash(attrs pcommon.Map) uint32 {
	var h uint64
	if w.All {
		for k, v := range attrs.All() {
			h = bits.RotateLeft64(h, 5) + watch(k, v)
		}
	}
	for _, key := range w.Keys {
		h = bits.RotateLeft64(h, 5)
		if v, ok := attrs.Get(key); ok {
			h += watch(key, v)
		}
	}
	return uint32(h ^ h>>32)
}

// watch is a hash of an attribute that tells of a change. It is made on every
// scrape, so the key goes in by its length alone: no attribute is renamed to a
// key of the same length and keeps its value and place.
func watch(key string, v pcommon.Value) uint64 {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return maphash.String(seed, v.Str()) + uint64(len(key))
	case pcommon.ValueTypeInt:
		return mix(uint64(v.Int())) + uint64(len(key))
	}
	return hashPair(key, v)
}

// creation returns the creation time that the attribute gives, 0 for none.
func creation(attrs pcommon.Map) int64 {
	v, ok := attrs.Get("process.creation.time")
	if !ok {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, v.AsString())
	if err != nil {
		return 0
	}
	return t.UnixNano()
}
