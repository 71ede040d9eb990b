package try

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics of the endpoint that are shown.
const (
	metricCPU    = "process_cpu_time_seconds_total"
	metricMemory = "process_memory_usage_bytes"
	metricIO     = "process_disk_io_bytes_total"
	metricCount  = "process_count"
)

// endpointPause is between two readings of the endpoint: the record of a scrape
// comes a moment before the exporter has the data.
const endpointPause = 10 * time.Millisecond

// endpoint is the collector's Prometheus endpoint.
type endpoint struct {
	url      string
	client   http.Client
	patience time.Duration // for how long a scrape's data may be on its way
}

func newEndpoint(address string, patience time.Duration) *endpoint {
	return &endpoint{url: "http://" + address + "/metrics", client: http.Client{Timeout: 5 * time.Second}, patience: patience}
}

// reading is what the endpoint says.
type reading struct {
	series    int // of processes, of groups and of the one that stands for the others
	processes map[int64]*sample
	groups    int  // how many groups there are
	grouped   int  // processes that they stand for
	other     bool // there is one that stands for the others
}

// sample is what it says of one process. The counters are the lifetime's less
// what _other_ was given of it: only differences mean something.
type sample struct {
	pid         int64
	name, owner string
	at          time.Time // of the youngest value
	cpu         float64   // seconds, user and system
	memory      float64   // bytes
	io          float64   // bytes, read and written
	readable    bool      // whether the I/O is known
}

// readAfter reads the endpoint until it has as many series as a scrape left,
// and of as many processes values younger than a time, or until patience ends:
// then it returns what there is.
func (e *endpoint) readAfter(ctx context.Context, younger time.Time, processes, series int) (*reading, error) {
	limit := time.Now().Add(e.patience)
	for {
		r, err := e.read(ctx)
		if err == nil {
			r.drop(younger)
		}
		if (err == nil && len(r.processes) == processes && r.series == series) || time.Now().After(limit) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(endpointPause):
		}
	}
}

func (e *endpoint) read(ctx context.Context) (*reading, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url, nil)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.url, err)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the Prometheus endpoint: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return nil, fmt.Errorf("%s answered %s: %.200q", e.url, resp.Status, said)
	}
	return parseEndpoint(resp.Body)
}

// parseEndpoint reads Prometheus' text format.
func parseEndpoint(text io.Reader) (*reading, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil, fmt.Errorf("read the Prometheus endpoint: %w", err)
	}
	r := &reading{processes: map[int64]*sample{}}
	for name, family := range families {
		r.series += len(family.GetMetric())
		for _, m := range family.GetMetric() {
			r.take(name, m)
		}
	}
	return r, nil
}

func (r *reading) take(name string, m *dto.Metric) {
	labels := map[string]string{}
	for _, l := range m.GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	pid, err := strconv.ParseInt(labels["process_pid"], 10, 64)
	if err != nil {
		r.takeSum(name, labels, m)
		return
	}
	s := r.processes[pid]
	if s == nil {
		s = &sample{pid: pid, name: labels["process_executable_name"], owner: labels["process_owner"]}
		r.processes[pid] = s
	}
	if at := time.UnixMilli(m.GetTimestampMs()); at.After(s.at) {
		s.at = at
	}
	v := m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
	switch {
	case name == metricCPU && labels["state"] != "wait":
		s.cpu += v
	case name == metricMemory:
		s.memory = v
	case name == metricIO:
		s.io, s.readable = s.io+v, true
	}
}

// takeSum takes what stands for several processes.
func (r *reading) takeSum(name string, labels map[string]string, m *dto.Metric) {
	switch {
	case labels["process_group"] == "":
		r.other = true
	case name == metricCount:
		r.groups++
		r.grouped += int(m.GetGauge().GetValue())
	}
}

// drop takes out the processes that have no value younger than a time.
func (r *reading) drop(younger time.Time) {
	for pid, s := range r.processes {
		if !s.at.After(younger) {
			delete(r.processes, pid)
		}
	}
}

// rates returns cores and bytes per second since an earlier sample of the same
// process; ok is false if they cannot be told.
func (s *sample) rates(before *sample) (cpu, io float64, ok bool) {
	if before == nil || before.name != s.name {
		return 0, 0, false
	}
	elapsed := s.at.Sub(before.at).Seconds()
	if elapsed <= 0 || s.cpu < before.cpu || s.io < before.io {
		return 0, 0, false
	}
	return (s.cpu - before.cpu) / elapsed, (s.io - before.io) / elapsed, true
}
