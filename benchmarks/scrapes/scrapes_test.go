package scrapes

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

func small() *Host { return NewHost(Settings{Processes: 200, Churn: 0.02}) }

func TestEveryScrapeHasEveryProcess(t *testing.T) {
	h := small()
	for range 5 {
		md := h.Next()
		require.Equal(t, 200, md.ResourceMetrics().Len())
		require.Equal(t, h.Points(), md.DataPointCount())
		require.Equal(t, h.Points(), Walk(md).Points)
	}
	require.Len(t, h.Heavy(), Busy+Large)
}

func TestResourcesBeginWithThePID(t *testing.T) {
	for _, rm := range small().Next().ResourceMetrics().All() {
		for k := range rm.Resource().Attributes().All() {
			require.Equal(t, "process.pid", k)
			break
		}
	}
}

func TestProcessesComeAndGo(t *testing.T) {
	h := small()
	before := h.pid
	h.Next()
	first := pids(h.Next())
	for range 10 {
		h.Next()
	}
	later := pids(h.Next())
	require.NotEqual(t, first, later)
	require.Greater(t, h.pid, before)
	for pid := range h.Heavy() {
		require.True(t, first[pid] && later[pid], "heavy process %d is not always there", pid)
	}
}

func pids(md pmetric.Metrics) map[int64]bool {
	found := map[int64]bool{}
	for _, rm := range md.ResourceMetrics().All() {
		pid, _ := rm.Resource().Attributes().Get("process.pid")
		found[pid.Int()] = true
	}
	return found
}

func TestSameSettingsGiveTheSameScrapes(t *testing.T) {
	var m pmetric.ProtoMarshaler
	a, b := small(), small()
	for range 3 {
		x, err := m.MarshalMetrics(a.Next())
		require.NoError(t, err)
		y, err := m.MarshalMetrics(b.Next())
		require.NoError(t, err)
		require.Equal(t, x, y)
	}
}

// Without births the differences of the raw samples are the truth; a process
// that begins needs an _other_ that says what it used before its first sample.
func TestConsumerCountsTheTruth(t *testing.T) {
	h, c := NewHost(Settings{Processes: 200}), NewConsumer()
	for range 5 {
		c.Take(h.Next())
		require.NoError(t, c.Check(h.Truth()))
	}
	require.NotZero(t, h.Truth()["process.cpu.time user"].Float)
	require.NotZero(t, h.Truth()["process.disk.io write"].Int)
}

func TestConsumerNoticesWhatIsMissing(t *testing.T) {
	h, c := NewHost(Settings{Processes: 200}), NewConsumer()
	heavy := h.Heavy()
	c.Take(h.Next())
	md := pmetric.NewMetrics()
	h.Next().CopyTo(md)
	md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		pid, _ := rm.Resource().Attributes().Get("process.pid")
		return heavy[pid.Int()]
	})
	c.Take(md)
	require.ErrorContains(t, c.Check(h.Truth()), "the output lost or invented something")
	require.ErrorContains(t, c.CheckKept(heavy), "is not in the output")
}

func TestConsumerNoticesWhatIsTooMuch(t *testing.T) {
	h, c := NewHost(Settings{Processes: 200}), NewConsumer()
	c.Take(h.Next())
	require.EqualError(t, c.CheckKept(h.Heavy()), "200 processes are in the output, want 40")
}
