package topk

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"

	"github.com/phoenix-platform/phoenix/internal/processtest"
)

var example = filepath.Join("testdata", "the_readme_example")

// Five processes go in. The first by CPU, the first by memory and the critical
// one come out, and _other_.
func Example() {
	cfg, err := load(filepath.Join(example, "config.yaml"))
	if err != nil {
		panic(err)
	}
	sink := new(consumertest.MetricsSink)
	p, err := NewFactory().CreateMetrics(context.Background(), settings(), cfg, sink)
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
	fmt.Print(table(sink.AllMetrics()[1]))
	// Output:
	// | nginx | 101 | 608 | 81000000 | |
	// | postgres | 102 | 91 | 900000000 | |
	// | cron | 105 | 2 | 3000000 | |
	// | _other_ | | 3 | 47000000 | 2 |
}

// table shows a batch as the README does, a line for each process.
func table(md pmetric.Metrics) string {
	var b strings.Builder
	for _, list := range processtest.Samples(md) {
		cells := map[string]string{}
		if list[0].PID != 0 {
			cells["pid"] = fmt.Sprint(list[0].PID)
		}
		for _, s := range list {
			cells[s.Metric] = fmt.Sprintf("%.9g", s.Value)
		}
		b.WriteString("| " + list[0].Name)
		for _, column := range []string{"pid", "process.cpu.time", "process.memory.usage", "process.count"} {
			b.WriteString(strings.TrimRight(" | "+cells[column], " "))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}
