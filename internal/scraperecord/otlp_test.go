package scraperecord

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

func TestARecordSurvivesOTLP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Record{
			Variant: rapid.String().Draw(t, "variant"), Role: RoleOutput, Host: rapid.String().Draw(t, "host"),
			Time: rapid.Int64Min(1).Draw(t, "time"), Processes: rapid.IntRange(0, 1e6).Draw(t, "processes"),
			Series: rapid.IntRange(0, 1e6).Draw(t, "series"), Active: 3, Distinct: 4, Window: 3600, Bytes: 5,
		}
		if rapid.Bool().Draw(t, "compared") {
			want.Compared = &Comparison{
				InputProcesses: 7, InputSeries: 70, Reduction: 0.9, NamedCPU: -1, NamedMemory: 0.5, NamedIO: 1,
				Lost: Lost{Name: "sh", PID: 42, CPU: 0.25}, IntegerError: 0, DoubleError: 1e-12, Nanoseconds: 9,
			}
			want.Critical = []Critical{{Name: "kafka", State: StateDropped, Processes: 2}}
		}
		md := pmetric.NewMetrics()
		Encode(&want, md.ResourceMetrics())
		got, err := Decode(md)
		require.NoError(t, err)
		require.Equal(t, []Record{want}, got)
	})
}

func TestDecodeRefusesWhatIsNoRecord(t *testing.T) {
	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty().Resource().Attributes().PutStr("service.name", "shop")
	_, err := Decode(md)
	require.ErrorContains(t, err, "no phoenix.role")
}
