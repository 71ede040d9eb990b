package processmetrics

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter"
	"github.com/phoenix-platform/phoenix/processor/topk"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadatatest"
)

// top keeps the k processes of the most memory.
func top(k int, change func(*topk.Config)) func(*Config) {
	return func(c *Config) {
		cfg := *topk.NewFactory().CreateDefaultConfig().(*topk.Config)
		cfg.RankBy = []topk.Rank{{Metric: "memory", K: k}}
		if change != nil {
			change(&cfg)
		}
		c.Selection.Topk = configoptional.Some(cfg)
	}
}

// metered adds the input meter of a variant.
func metered(variant string, change func(*Config)) func(*Config) {
	return func(c *Config) {
		change(c)
		meter := *c.Selection.Meter.GetOrInsertDefault()
		meter.Variant = variant
		c.Selection.Meter = configoptional.Some(meter)
	}
}

// tap copies what goes to a consumer.
func tap(next consumer.Metrics, all *pmetric.Metrics) consumer.Metrics {
	c, _ := consumer.NewMetrics(func(ctx context.Context, md pmetric.Metrics) error {
		*all = pmetric.NewMetrics()
		md.CopyTo(*all)
		return next.ConsumeMetrics(ctx, md)
	})
	return c
}

// start starts a process that does something and is gone after the test.
func start(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { end(cmd) })
	return cmd
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// Of the processes of this host, some of which begin, work and end meanwhile,
// what is kept and the rest add up to what was read.
func TestWhatIsKeptAndTheRestAreAll(t *testing.T) {
	o := observe(t, "/", func(c *Config) {
		top(5, nil)(c)
		m := &c.MetricsBuilderConfig.Metrics
		m.ProcessContextSwitches.Enabled, m.ProcessOpenFileDescriptors.Enabled, m.ProcessThreads.Enabled = true, true, true
	})
	var all pmetric.Metrics
	o.selected.first = tap(o.selected.first, &all)
	truth, backend := processtest.NewTruth(), processtest.NewBackend(false)
	worker, others := start(t, "while :; do :; done"), []*exec.Cmd(nil)
	for i := range 6 {
		out := o.next(t)
		truth.Take(all)
		backend.Take(out)
		require.Greater(t, all.ResourceMetrics().Len(), 6)
		require.Empty(t, backend.Differs(truth), "scrape %d", i)
		processtest.CheckLevels(t, truth, out)
		require.Len(t, processtest.Kept(out), 5)
		others = append(others, start(t, "read line < /proc/self/io; sleep 60"), start(t, "exec sleep 60"))
		switch i {
		case 2:
			end(worker)
		case 4:
			end(others[0])
			end(others[3])
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.Positive(t, truth.Used["|process.cpu.time|state=user,"])
}

// Without selection, what is read is written; with it, the same is chosen from.
func TestWhatIsChosenFromIsWhatIsReadWithout(t *testing.T) {
	root := host(t)
	plain, o := observe(t, root, nil), observe(t, root, top(1, nil))
	var all pmetric.Metrics
	o.selected.first = tap(o.selected.first, &all)
	for i := range 3 {
		replace(t, root, "812/stat", fmt.Sprintf(" %d 25 ", 150+i), fmt.Sprintf(" %d 25 ", 151+i))
		out := o.next(t)
		require.NoError(t, pmetrictest.CompareMetrics(plain.next(t), all, pmetrictest.IgnoreTimestamp(), pmetrictest.IgnoreResourceMetricsOrder()))
		require.Equal(t, []int64{812}, processtest.Kept(out))
		require.Equal(t, 2, out.ResourceMetrics().Len(), "and _other_")
	}
	require.NoError(t, os.RemoveAll(root+"/proc/2"))
	o.next(t)
	require.Equal(t, 1, all.ResourceMetrics().Len())
}

// A batch that is passed on whole is not the one that the next scrape changes.
func TestWhoObservesGetsABatchOfTheirOwn(t *testing.T) {
	root := host(t)
	o := observe(t, root, top(1, func(c *topk.Config) { c.Mode = thinning.Observe }))
	first := o.next(t)
	require.Len(t, processtest.Kept(first), 2)
	before := pmetric.NewMetrics()
	first.CopyTo(before)
	replace(t, root, "812/stat", " 150 25 ", " 950 25 ")
	second := o.next(t)
	require.Equal(t, before, first)
	require.Error(t, pmetrictest.CompareMetrics(first, second, pmetrictest.IgnoreTimestamp()))
	second.MarkReadOnly()
	o.next(t)
}

func TestCriticalProcessesAndTheUnattributedStay(t *testing.T) {
	o := observe(t, host(t), func(c *Config) {
		top(1, func(k *topk.Config) {
			k.Critical = critical.List{{Name: "threads", Conditions: []string{`resource.attributes["process.executable.name"] == "kthreadd"`}}}
		})(c)
		c.Unattributed.Enabled = true
	})
	for range 3 {
		out := o.next(t)
		require.ElementsMatch(t, []int64{2, 812}, processtest.Kept(out))
		ofNobody(t, out, "_unattributed_")
	}
}

// The meter sees what was read, and an output meter in the pipeline finds the
// same scrape.
func TestAnOutputMeterFindsWhatTheReceiverDropped(t *testing.T) {
	server := newRecords(t)
	o := observe(t, host(t), metered(t.Name(), top(1, nil)))
	cfg := seriesmeter.NewFactory().CreateDefaultConfig().(*seriesmeter.Config)
	cfg.Variant, cfg.Role, cfg.Records.Endpoint = t.Name(), "output", server.URL
	set := processortest.NewNopSettings(seriesmeter.NewFactory().Type())
	out, err := seriesmeter.New(set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, out.Start(context.Background(), componenttest.NewNopHost()))
	for range 3 {
		require.NoError(t, out.ConsumeMetrics(context.Background(), o.next(t)))
	}
	require.NoError(t, out.Shutdown(context.Background()))
	require.Len(t, server.records, 3)
	for _, r := range server.records {
		require.NotNil(t, r.Compared)
		require.Equal(t, []int{2, 14, 1}, []int{r.Compared.InputProcesses, r.Compared.InputSeries, r.Processes})
		require.Zero(t, r.Compared.IntegerError)
		require.Less(t, r.Compared.DoubleError, 1e-9)
		require.InDelta(t, 1-float64(r.Series)/14, r.Compared.Reduction, 1e-9)
	}
}

func TestAReceiverOfOneIdSelectsOnce(t *testing.T) {
	for name, change := range map[string]func(*Config){"topk": top(1, nil), "topk and meter": metered(t.Name(), top(1, nil))} {
		cfg := createDefaultConfig().(*Config)
		change(cfg)
		set := metadatatest.NewSettings(componenttest.NewTelemetry())
		first, err := newProcessScraper(set, cfg)
		require.NoError(t, err, name)
		_, err = newProcessScraper(set, cfg)
		require.EqualError(t, err, "processmetrics: selection: topk: processmetrics is in more than one pipeline, and can keep account of only one; give each pipeline a processor of its own, such as processmetrics/2")
		require.NoError(t, first.shutdown(context.Background()))
		require.NoError(t, first.shutdown(context.Background()))
	}
}

// A variant whose place is taken leaves the id free.
func TestAMeterThatIsNotAloneFailsTheStart(t *testing.T) {
	first := observe(t, host(t), metered(t.Name(), top(1, nil)))
	set := metadatatest.NewSettings(componenttest.NewTelemetry())
	set.ID = component.NewIDWithName(set.ID.Type(), "second")
	cfg := createDefaultConfig().(*Config)
	metered(t.Name(), top(1, nil))(cfg)
	_, err := newProcessScraper(set, cfg)
	require.EqualError(t, err, fmt.Sprintf("processmetrics/second: selection: meter: variant %q has two input meters, %s and processmetrics/second; give one of them another variant", t.Name(), first.set.ID))
	require.NoError(t, first.shutdown(context.Background()))
	second, err := newProcessScraper(set, cfg)
	require.NoError(t, err)
	require.NoError(t, second.shutdown(context.Background()))
}

// A reload goes on with the account: what was dropped stays in _other_.
func TestAReloadGoesOnWithTheRest(t *testing.T) {
	root := host(t)
	o := observe(t, root, top(1, nil))
	o.next(t)
	began := restSince(t, o.next(t))
	require.NoError(t, o.shutdown(context.Background()))
	cfg := createDefaultConfig().(*Config)
	cfg.RootPath = root
	top(1, nil)(cfg)
	next, err := newProcessScraper(o.set, cfg)
	require.NoError(t, err)
	require.NoError(t, next.start(context.Background(), componenttest.NewNopHost()))
	out, err := next.scrape(context.Background())
	require.NoError(t, err)
	require.Equal(t, began, restSince(t, out))
	require.NoError(t, next.shutdown(context.Background()))
}

// restSince returns since when _other_ counts.
func restSince(t *testing.T, md pmetric.Metrics) int64 {
	t.Helper()
	for _, s := range processtest.AllSamples(md) {
		if s.IsOther() && s.Monotonic {
			return s.Start
		}
	}
	require.Fail(t, "there is no _other_")
	return 0
}

// A host that cannot be read moves no account.
func TestAScrapeThatFailsIsNone(t *testing.T) {
	root := host(t)
	o := observe(t, root, top(1, nil))
	o.next(t)
	require.NoError(t, os.Rename(root+"/proc/stat", root+"/proc/was"))
	md, err := o.scrape(context.Background())
	require.ErrorContains(t, err, "read /proc/stat")
	require.Zero(t, md.ResourceMetrics().Len())
	require.NoError(t, os.Rename(root+"/proc/was", root+"/proc/stat"))
	require.Equal(t, []int64{812}, processtest.Kept(o.next(t)))
	require.NoError(t, o.shutdown(context.Background()))
	_, err = o.selected.of(context.Background(), o.scratch.md)
	require.True(t, errors.Is(err, thinning.ErrClosed))
}
