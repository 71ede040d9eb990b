package dataflow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// world is a collector as it could behave: what it counts, and what of it a
// plain reckoning says must be believed.
type world struct {
	counts  Counts
	scrapes int // reports in which the receiver had accepted more
	own     int // reports in which the exporter of its own had sent more
	away    int // the destination
}

// report counts on, as a random collector does, and sometimes begins anew.
func (w *world) report(t *rapid.T) Counts {
	var (
		r    = w.counts.Receivers["processmetrics/phoenix"]
		own  = w.counts.Exporters["otlphttp/phoenix"]
		away = w.counts.Exporters["otlphttp/destination"]
		name = w.counts.Service
	)
	if rapid.IntRange(0, 9).Draw(t, "reload") == 0 {
		name += "+"
		r, own, away = Receiver{}, Exporter{}, Exporter{}
	}
	grow := func(what string, n *int64, seen *int) {
		more := rapid.Int64Range(0, 2).Draw(t, what)
		*n += more
		if *n > 0 && more > 0 {
			*seen++
		}
	}
	nothing := 0
	grow("accepted", &r.Accepted, &w.scrapes)
	grow("refused", &r.Refused, &nothing)
	grow("own sent", &own.Sent, &w.own)
	grow("own failed", &own.Failed, &nothing)
	grow("destination sent", &away.Sent, &w.away)
	away.Waiting = rapid.Int64Range(0, 1).Draw(t, "waiting")
	w.counts = counts(w.counts.Report+1, name, r, own, away)
	return w.counts
}

// TestOnlyWhatFlowsIsConfirmed compares with the sentence of the design: two
// scrapes of each receiver, and something sent by each exporter.
func TestOnlyWhatFlowsIsConfirmed(t *testing.T) {
	e := trial(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &world{}
		for range rapid.IntRange(0, 3).Draw(t, "before") {
			w.report(t)
		}
		w.scrapes, w.own, w.away = 0, 0, 0
		minHealthy := time.Duration(rapid.IntRange(0, 60).Draw(t, "min healthy")) * time.Second
		p := Begin(e, w.counts, minHealthy, began)
		for range rapid.IntRange(0, 10).Draw(t, "reports") {
			c := w.report(t)
			p.Observe(c)
			if rapid.Bool().Draw(t, "again") {
				p.Observe(c)
			}
		}
		healthy := rapid.Bool().Draw(t, "healthy")
		at := time.Duration(rapid.IntRange(0, 120).Draw(t, "at")) * time.Second
		v := p.Verdict(healthy, began.Add(at))

		confirmed := v.Decided && v.Cause.Code == ""
		require.Equal(t, healthy && at >= minHealthy && w.scrapes >= 2 && w.own > 0 && w.away > 0, confirmed)
		require.Equal(t, confirmed || !began.Add(at).Before(p.Deadline()), v.Decided)
		if v.Cause.Code == "" {
			require.Zero(t, v.Cause)
		} else {
			require.NotEmpty(t, v.Cause.Detail)
		}
	})
}
