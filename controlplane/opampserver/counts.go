package opampserver

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are the server's own metrics.
type counts struct {
	connections, waiting prometheus.GaugeFunc
	messages             *prometheus.CounterVec
	offered              prometheus.Counter
	outcomes             *prometheus.CounterVec
	ended, refused       *prometheus.CounterVec
	commits              prometheus.Histogram
}

func newCounts(s *Server) *counts {
	return &counts{
		connections: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "phoenix_opamp_agents_connected", Help: "Agents that are connected, or polled lately.",
		}, func() float64 {
			s.mu.Lock()
			defer s.mu.Unlock()
			return float64(len(s.peers))
		}),
		waiting: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "phoenix_opamp_reports_waiting", Help: "Reports of agents that are not written down yet.",
		}, func() float64 { return float64(s.reports.length()) }),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_opamp_messages_total", Help: "Messages from agents (in) and to them (out).",
		}, []string{"direction"}),
		offered: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "phoenix_opamp_offers_total", Help: "Configurations that were offered to agents.",
		}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_opamp_outcomes_total", Help: "What agents said of offers.",
		}, []string{"outcome"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_opamp_connections_ended_total", Help: "Connections that ended, by why.",
		}, []string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_opamp_refused_total", Help: "Connections and messages that were refused, by why.",
		}, []string{"reason"}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "phoenix_opamp_commit_duration_seconds", Help: "Time to write reports of agents down together.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10},
		}),
	}
}

func (c *counts) register(r prometheus.Registerer) {
	r.MustRegister(c.connections, c.waiting, c.messages, c.offered, c.outcomes, c.ended, c.refused, c.commits)
}

// closed counts the end of a connection, by the first words of why.
func (c *counts) closed(why string) {
	reason, _, _ := strings.Cut(why, ":")
	c.ended.WithLabelValues(reason).Inc()
}

func (c *counts) refuse(reason string) { c.refused.WithLabelValues(reason).Inc() }
