package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

// segmentSize is that of a segment of a write-ahead log, in bytes: what is
// behind damage in a segment is lost.
const segmentSize = 32 << 20

// embedded is a Prometheus TSDB in this process, with PromQL.
type embedded struct {
	*localAPI
	set Settings
}

func newEmbedded(s *Store) *embedded {
	engine := promql.NewEngine(promql.EngineOpts{
		Logger: s.log, MaxSamples: s.set.MaxSamples, Timeout: s.set.QueryTimeout,
		EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		Parser:                   parser.NewParser(parser.Options{}),
	})
	return &embedded{newLocalAPI(engine, s.queryable, s.log), s.set}
}

func (*embedded) name() string   { return "tsdb" }
func (*embedded) logs() []string { return []string{"wal", "wbl", "chunks_head"} }

func (*embedded) without() [][]string {
	return [][]string{{"chunks_head"}, {"wal/checkpoint."}, {"wal", "wbl", "chunks_head"}}
}

func (e *embedded) open(dir string, reg prometheus.Registerer) (database, error) {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = e.set.Retention.Milliseconds()
	o.MaxBlockDuration = max(e.set.Retention/10, 2*time.Hour).Milliseconds()
	o.MaxBytes = e.set.MaxBytes
	o.OutOfOrderTimeWindow = late.Milliseconds()
	o.NoLockfile = true // the store has one
	o.WALSegmentSize = segmentSize
	o.WALCompression = compression.Snappy
	o.StripeSize = 2048
	o.HeadChunksWriteBufferSize = 1 << 20
	return tsdb.Open(dir, e.log, reg, o, nil)
}
