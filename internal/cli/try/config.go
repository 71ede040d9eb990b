package try

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog"
)

// Names of components in the configuration.
const (
	exporterDestination = "otlphttp/destination" // of every template
	exporterPrometheus  = "prometheus"
	meterInput          = "seriesmeter/input"
	meterOutput         = "seriesmeter/output"
	memoryLimiter       = "memory_limiter" // first in every template; what it refuses is not measured

	variant = "try" // of the two meters
)

// wiring is what takes the place of a template's destination.
type wiring struct {
	listen   string        // address of the Prometheus endpoint
	records  string        // base URL that the output meter sends records to
	interval time.Duration // between two scrapes
}

// PrintConfig writes the configuration that Run would run. The port that
// records are sent to is chosen anew by every run, and 0 in it.
func PrintConfig(o Options, w io.Writer) error {
	if err := checkLoopback(o.Listen); err != nil {
		return err
	}
	config, err := configure(o, wiring{listen: o.Listen, records: "http://127.0.0.1:0", interval: o.Interval})
	if err != nil {
		return err
	}
	_, err = w.Write(config)
	return err
}

// configure renders the template and wires it.
func configure(o Options, w wiring) ([]byte, error) {
	template, err := catalog.Lookup(o.Template)
	if err != nil {
		return nil, fmt.Errorf("--template: %w", err)
	}
	rendered, err := template.Render(onSystem(runtime.GOOS, template, o.Parameters))
	if err != nil {
		return nil, fmt.Errorf("parameters of %s:\n%w", o.Template, err)
	}
	config, err := wire(rendered, w)
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", o.Template, err)
	}
	return config, nil
}

// onSystem returns parameters with a scraper that the system has, where a template
// leaves the choice and nobody made it: processmetrics is for Linux.
func onSystem(system string, template *catalog.Template, given map[string]any) map[string]any {
	const scraper = "scraper"
	if _, chosen := given[scraper]; system == "linux" || chosen || template.Parameter(scraper) == nil {
		return given
	}
	all := map[string]any{scraper: "hostmetrics"}
	maps.Copy(all, given)
	return all
}

// wire replaces the destination of a rendered template by a Prometheus
// endpoint, and measures what goes into and comes out of its processors.
func wire(rendered []byte, w wiring) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(rendered, &doc); err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the configuration is empty")
	}
	root := doc.Content[0]
	exporters, processors := section(root, "exporters"), section(root, "processors")
	if !remove(exporters, exporterDestination) {
		return nil, fmt.Errorf("has no exporter %s to replace", exporterDestination)
	}
	put(exporters, exporterPrometheus, endpointConfig(w))
	critical := criticalOf(processors)
	put(processors, meterInput, meterConfig("input", critical, ""))
	put(processors, meterOutput, meterConfig("output", critical, w.records))
	if err := wirePipeline(section(section(root, "service"), "pipelines")); err != nil {
		return nil, err
	}
	quiet(section(section(root, "service"), "telemetry"))

	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	return out.Bytes(), nil
}

// criticalOf returns the critical list of the processor that has one, nil if
// none has.
func criticalOf(processors *yaml.Node) *yaml.Node {
	for i := 1; i < len(processors.Content); i += 2 {
		if list := field(processors.Content[i], "critical"); list != nil {
			return list
		}
	}
	return nil
}

// endpointConfig is the Prometheus exporter. Resource attributes become labels,
// for nothing else tells processes apart, and the scope is left out, for it is
// the same everywhere; what is not renewed is gone after three scrapes.
func endpointConfig(w wiring) *yaml.Node {
	return node(struct {
		Endpoint   string          `yaml:"endpoint"`
		Timestamps bool            `yaml:"send_timestamps"`
		NoScope    bool            `yaml:"without_scope_info"`
		Expiration string          `yaml:"metric_expiration"`
		Resource   map[string]bool `yaml:"resource_to_telemetry_conversion"`
	}{w.listen, true, true, (3 * w.interval).String(), map[string]bool{"enabled": true}})
}

// meterConfig is a series meter, with the critical list of the template.
func meterConfig(role string, critical *yaml.Node, records string) *yaml.Node {
	m := node(struct {
		Variant string `yaml:"variant"`
		Role    string `yaml:"role"`
	}{variant, role})
	if critical != nil {
		put(m, "critical", critical)
	}
	if records != "" {
		put(m, "records", node(map[string]string{"endpoint": records}))
	}
	return m
}

// wirePipeline puts the meters around the pipeline's processors, and the
// Prometheus endpoint in place of the destination.
func wirePipeline(pipelines *yaml.Node) error {
	found := 0
	for i := 1; i < len(pipelines.Content); i += 2 {
		exporters, processors := field(pipelines.Content[i], "exporters"), field(pipelines.Content[i], "processors")
		at := indexOf(exporters, exporterDestination)
		if at < 0 {
			continue
		}
		if found++; processors == nil {
			return fmt.Errorf("pipeline %s has no processors", pipelines.Content[i-1].Value)
		}
		exporters.Content[at] = node(exporterPrometheus)
		processors.Content = append(processors.Content, node(meterOutput))
		processors.Content = slices.Insert(processors.Content, indexOf(processors, memoryLimiter)+1, node(meterInput))
	}
	if found != 1 {
		return fmt.Errorf("%d pipelines send to %s, one can be measured", found, exporterDestination)
	}
	return nil
}

// quiet makes the collector's log records readable by a program and complete
// (sampling would drop most transitions), and keeps it from opening the port
// of its own metrics.
func quiet(telemetry *yaml.Node) {
	put(telemetry, "logs", node(struct {
		Encoding string          `yaml:"encoding"`
		Sampling map[string]bool `yaml:"sampling"`
	}{"json", map[string]bool{"enabled": false}}))
	put(telemetry, "metrics", node(map[string]string{"level": "none"}))
}
