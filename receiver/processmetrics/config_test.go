package processmetrics

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

func TestGoodConfigs(t *testing.T) { conformance.GoodConfigs(t, NewFactory()) }

func TestBadConfigs(t *testing.T) { conformance.BadConfigs(t, NewFactory()) }

func TestEveryKeyIsRead(t *testing.T) {
	got, err := conformance.Load(NewFactory(), filepath.Join("testdata", "every_key.good.yaml"))
	require.NoError(t, err)
	want := createDefaultConfig().(*Config)
	want.ControllerConfig.CollectionInterval, want.ControllerConfig.InitialDelay, want.ControllerConfig.Timeout = 10*time.Second, 2*time.Second, 5*time.Second
	want.RootPath = "/"
	want.Include = Names{MatchType: "regexp", Names: []string{"^java", "nginx"}}
	want.Exclude = Names{MatchType: "strict", Names: []string{"sleep"}}
	want.ScrapeProcessDelay, want.AttributesRefresh = 5*time.Second, 30*time.Second
	want.ExactMemory, want.OpenFiles = false, 100
	want.Unattributed = Unattributed{Enabled: true, Name: "nobody"}
	k, meter := want.Selection.Topk.GetOrInsertDefault(), want.Selection.Meter.GetOrInsertDefault()
	k.MaxSeries, k.RankBy = 100, []topk.Rank{{Metric: "cpu", K: 3}}
	meter.Variant, meter.Window = "candidate", 5*time.Minute
	want.MuteProcessAllErrors, want.MuteProcessNameError, want.MuteProcessIOError = true, true, true
	want.MuteProcessCgroupError, want.MuteProcessExeError, want.MuteProcessUserError = true, true, true
	c := got.(*Config)
	require.True(t, c.MetricsBuilderConfig.Metrics.ProcessCPUUtilization.Enabled)
	require.False(t, c.MetricsBuilderConfig.Metrics.ProcessMemoryVirtual.Enabled)
	require.False(t, c.MetricsBuilderConfig.ResourceAttributes.ProcessOwner.Enabled)
	want.MetricsBuilderConfig = c.MetricsBuilderConfig // what the user set is noted in it too
	require.Equal(t, want, c)
}

func TestNamesPick(t *testing.T) {
	for _, c := range []struct {
		include, exclude Names
		name             string
		want             bool
	}{
		{Names{strict, []string{"nginx", "sh"}}, Names{}, "sh", true},
		{Names{strict, []string{"nginx"}}, Names{}, "nginx-2", false},
		{Names{expression, []string{"x$", "nginx"}}, Names{}, "nginx-2", true},
		{Names{expression, []string{"^x"}}, Names{}, "nginx", false},
		{Names{}, Names{strict, []string{"sh"}}, "sh", false},
		{Names{}, Names{strict, []string{"sh"}}, "bash", true},
		{Names{expression, []string{"sh"}}, Names{strict, []string{"sh"}}, "bash", true},
		{Names{expression, []string{"sh"}}, Names{strict, []string{"sh"}}, "sh", false},
	} {
		match, err := (&Config{Include: c.include, Exclude: c.exclude}).match()
		require.NoError(t, err)
		require.Equal(t, c.want, match(c.name), "%+v", c)
	}
}

func TestWithoutNamesAllAreTaken(t *testing.T) {
	match, err := new(Config).match()
	require.NoError(t, err)
	require.Nil(t, match)
}

func TestNamesThatDoNotParseFailTheStart(t *testing.T) {
	_, err := (&Config{Exclude: Names{expression, []string{"("}}}).match()
	require.EqualError(t, err, "names: error parsing regexp: missing closing ): `(`")
}
