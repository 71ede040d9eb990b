package metrics

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are the store's own metrics, beside those of Prometheus' packages.
type counts struct {
	requests, points *prometheus.CounterVec
	problems         prometheus.Gauge
}

func newCounts() *counts {
	return &counts{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_metrics_requests_total",
			Help: "Export requests of agents, by the HTTP status of the answer.",
		}, []string{"code"}),
		points: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_metrics_points_total",
			Help: "Data points of agents, by what became of them: taken, unkept (not on the list of what is kept), crowded (beyond the quota of series), untimed (too old, ahead, or a second value for a time).",
		}, []string{"outcome"}),
		problems: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "phoenix_metrics_problems",
			Help: "Damage that was set aside, and what keeps the store from working, since the start.",
		}),
	}
}

func (c *counts) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.requests, c.points, c.problems}
}

// request counts one export request.
func (c *counts) request(t tally, err error) {
	code := http.StatusOK
	if err != nil {
		code = asRefusal(err).status
	}
	c.requests.WithLabelValues(strconv.Itoa(code)).Inc()
	for outcome, n := range map[string]int{"taken": t.taken, "unkept": t.unkept, "crowded": t.crowded, "untimed": t.untimed} {
		c.points.WithLabelValues(outcome).Add(float64(n))
	}
}
