package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/internal/version"
)

// counts are the server's own metrics.
type counts struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	underWay prometheus.Gauge
	panics   prometheus.Counter
	build    prometheus.Gauge
}

func newCounts() *counts {
	c := &counts{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "phoenix_http_requests_total", Help: "Answers by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "phoenix_http_request_duration_seconds", Help: "Time from a request to the end of its answer.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30},
		}, []string{"route"}),
		underWay: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "phoenix_http_requests_in_flight", Help: "Requests that are being answered.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "phoenix_http_panics_total", Help: "Requests whose handler panicked; each is a fault of the program.",
		}),
		build: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "phoenix_build_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version.Text()},
		}),
	}
	c.build.Set(1)
	return c
}

func (c *counts) register(r prometheus.Registerer, service *controlplane.Service) error {
	var errs []error
	for _, m := range []prometheus.Collector{c.requests, c.seconds, c.underWay, c.panics, c.build, &fleet{service}} {
		errs = append(errs, r.Register(m))
	}
	return errors.Join(errs...)
}

// fleet shows the deployments and the agents, counted when it is asked.
type fleet struct{ service *controlplane.Service }

var (
	agentsOf = prometheus.NewDesc("phoenix_deployment_agents", "Agents of a deployment by state.", []string{"deployment", "state"}, nil)
	versions = prometheus.NewDesc("phoenix_deployment_version", "Newest version of a deployment.", []string{"deployment"}, nil)
	conflict = prometheus.NewDesc("phoenix_deployment_conflicts", "Agents of a deployment that another one picks as well.", []string{"deployment"}, nil)
)

// patience is how long counting may take.
const patience = 10 * time.Second

// watcher is who counts.
var watcher = controlplane.Caller{Subject: "metrics", Role: controlplane.RoleViewer}

// Describe tells what there is.
func (f *fleet) Describe(c chan<- *prometheus.Desc) { c <- agentsOf; c <- versions; c <- conflict }

// Collect counts.
func (f *fleet) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	page := controlplane.Page{Limit: 1000}
	for {
		list, err := f.service.Deployments(ctx, watcher, page)
		if err != nil {
			c <- prometheus.NewInvalidMetric(agentsOf, err)
			return
		}
		for _, d := range list.Items {
			show(c, d)
		}
		if page.After = list.Next; page.After == "" {
			return
		}
	}
}

func show(c chan<- prometheus.Metric, d controlplane.PipelineDeployment) {
	gauge := func(desc *prometheus.Desc, v int, labels ...string) {
		c <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(v), labels...)
	}
	name, n := d.Metadata.Name, d.Status.Agents
	gauge(versions, d.Status.Version, name)
	gauge(conflict, n.Conflict, name)
	gauge(agentsOf, n.Pending, name, string(controlplane.AgentPending))
	gauge(agentsOf, n.Applying, name, string(controlplane.AgentApplying))
	gauge(agentsOf, n.Applied, name, string(controlplane.AgentApplied))
	gauge(agentsOf, n.Failed, name, string(controlplane.AgentFailed))
	gauge(agentsOf, n.Diverged, name, string(controlplane.AgentDiverged))
}
