package processgroup

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

var example = filepath.Join("testdata", "the_readme_example")

// Seven processes go in. The critical one, three groups and _other_ come out.
func Example() {
	cfg, err := load(filepath.Join(example, "config.yaml"))
	if err != nil {
		panic(err)
	}
	sink := new(consumertest.MetricsSink)
	p, err := NewFactory().CreateMetrics(context.Background(), processtest.Settings(metadata.Type), cfg, sink)
	if err != nil {
		panic(err)
	}
	for _, file := range []string{"input-1.yaml", "input-2.yaml"} {
		md, err := golden.ReadMetrics(filepath.Join(example, file))
		if err != nil {
			panic(err)
		}
		if err := p.ConsumeMetrics(context.Background(), md); err != nil {
			panic(err)
		}
	}
	if err := p.Shutdown(context.Background()); err != nil {
		panic(err)
	}
	fmt.Print(rows(sink.AllMetrics()[1]))
	// Output:
	// | postgres | 104 | postgres | | 91 | 900000000 | |
	// | | | | browsers | 8 | 142000000 | 2 |
	// | | | alice | alice | 0.5 | 5000000 | 1 |
	// | | | root | root | 0.5 | 9000000 | 2 |
	// | _other_ | | | | 2.5 | 42000000 | 1 |
}

// rows shows a batch as the README does, a line for each resource.
func rows(md pmetric.Metrics) string {
	var b strings.Builder
	for _, rm := range md.ResourceMetrics().All() {
		cells := rm.Resource().Attributes().AsRaw()
		one := pmetric.NewMetrics()
		rm.CopyTo(one.ResourceMetrics().AppendEmpty())
		for _, s := range processtest.AllSamples(one) {
			cells[s.Metric] = fmt.Sprintf("%.9g", s.Value)
		}
		for _, column := range []string{
			"process.executable.name", "process.pid", "process.owner", "process.group",
			"process.cpu.time", "process.memory.usage", "process.count",
		} {
			b.WriteString("| ")
			if v, ok := cells[column]; ok {
				fmt.Fprint(&b, v, " ")
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}
