package grade

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// mostPage bounds a page, in bytes.
const mostPage = 256 << 20

// Poll reads a Prometheus endpoint now, and every so often until a time has
// passed or ctx is done. A page that cannot be read is an error only if it is
// the first.
func Poll(ctx context.Context, url string, every, last time.Duration) (*Observation, error) {
	o := &Observation{}
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(last); ; {
		if err := o.page(ctx, client, url); err != nil && len(o.Samples) == 0 {
			return nil, err
		}
		if !time.Now().Add(every).Before(end) {
			return o, nil
		}
		select {
		case <-ctx.Done():
			return o, nil
		case <-time.After(every):
		}
	}
}

// page reads the endpoint once.
func (o *Observation) page(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("read the metrics: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("read the metrics: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("read the metrics: %s answered %s", url, resp.Status)
	}
	if err := o.ReadPrometheus(io.LimitReader(resp.Body, mostPage), time.Now()); err != nil {
		return fmt.Errorf("read the metrics of %s: %w", url, err)
	}
	if len(o.Samples) == 0 {
		return errors.New("read the metrics: " + url + " has no process_ series yet; the exporter needs resource_to_telemetry_conversion")
	}
	return nil
}

// ReadPrometheus adds a page in the text format of Prometheus, as the
// prometheus exporter of the collector writes it with the resource's attributes
// as labels. What has no time of its own is of the time given.
func (o *Observation) ReadPrometheus(r io.Reader, at time.Time) error {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(r)
	if err != nil {
		return err
	}
	byProcess := map[identity]*Sample{}
	for name, family := range families {
		if !strings.HasPrefix(name, "process_") {
			continue
		}
		for _, m := range family.GetMetric() {
			take(name, m, at, byProcess)
		}
	}
	if o.latest == nil {
		o.latest = map[identity]time.Time{}
	}
	for _, s := range byProcess {
		o.untimed = o.untimed || s.At.Equal(at)
		// The exporter shows the last sample until it has another.
		if s.At.After(o.latest[s.identity()]) {
			o.latest[s.identity()] = s.At
			o.Samples = append(o.Samples, *s)
		}
	}
	o.sort()
	return nil
}

func take(name string, m *dto.Metric, at time.Time, byProcess map[identity]*Sample) {
	labels := map[string]string{}
	for _, l := range m.GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	pid, _ := strconv.Atoi(labels["process_pid"]) // _other_ has none
	key := identity{pid, labels["process_executable_name"]}
	if key == (identity{}) {
		return // of the exporter's own process
	}
	s := byProcess[key]
	if s == nil {
		s = &Sample{PID: key.pid, Name: key.name, At: at}
		byProcess[key] = s
	}
	if t := m.GetTimestampMs(); t != 0 {
		s.At = time.UnixMilli(t)
	}
	s.Series++
	if name == "process_cpu_time_seconds_total" && labels["state"] != "wait" && labels["cpu_mode"] != "wait" {
		s.CPU += m.GetCounter().GetValue() + m.GetUntyped().GetValue()
		s.HasCPU = true
	}
}
