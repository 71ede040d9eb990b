package processtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// failed is what a check says that does not hold.
type failed struct{ messages []string }

func (*failed) Helper() {}

func (f *failed) Errorf(format string, args ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, args...))
}

// FailNow lets the check go on, which finds more.
func (*failed) FailNow() {}

func TestALevelThatIsLostIsFound(t *testing.T) {
	tr, md := NewTruth(), born()[1]
	tr.Take(md)
	CheckLevels(t, tr, md)
	var f failed
	CheckLevels(&f, tr, born()[0])
	require.Len(t, f.messages, 1)
	require.Contains(t, f.messages[0], memory)
}

func TestEveryBrokenPromiseIsFound(t *testing.T) {
	host := &Host{Name: "web-1", Live: []*Simulated{{PID: 1, Critical: true}, {PID: 2}}}
	s := &Simulation{Hosts: []*Host{host}}
	protected := Process{PID: 1, Critical: true}
	both := At(1000, protected, Process{PID: 2})
	tr := NewTruth()
	tr.Take(both)
	told := At(1000, protected)
	told.ResourceMetrics().At(0).Resource().Attributes().PutStr("process.command_line", "--secret")
	for name, c := range map[string]struct {
		out     pmetric.Metrics
		ceiling int
		other   map[string]float64
		found   string
	}{
		"none":                {both, 4, map[string]float64{}, ""},
		"a process is gone":   {At(1000, Process{PID: 2}), 0, map[string]float64{}, "critical process 1 of web-1"},
		"too much":            {both, 3, map[string]float64{}, "series of web-1"},
		"a counter fell":      {At(1000, protected, Process{CPU: 1}), 0, map[string]float64{"|" + cpu: 2}, "fell"},
		"the command line":    {told, 0, map[string]float64{}, "secret"},
		"an exempt one alone": {At(1000, protected), 1, map[string]float64{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var f failed
			CheckPromises(&f, s, tr, c.out, c.ceiling, c.other)
			if c.found == "" {
				require.Empty(t, f.messages)
				return
			}
			require.NotEmpty(t, f.messages)
			require.Contains(t, f.messages[0], c.found)
		})
	}
}
