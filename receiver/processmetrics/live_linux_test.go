package processmetrics

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/live"
	decided "github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// registry is a host with an extension that changes come from, which it is
// itself.
type registry struct {
	component.Component
	targets map[component.ID]live.Target
}

func (r *registry) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("phoenix_opamp"): r, component.MustNewID("other"): nil}
}

func (r *registry) Register(id component.ID, t live.Target) func() {
	r.targets[id] = t
	return func() { delete(r.targets, id) }
}

// offer is the configuration of a receiver that selects, as a user writes it.
func offer(root string, change map[string]any) *confmap.Conf {
	conf := confmap.NewFromStringMap(map[string]any{
		"root_path": root, "selection::topk::rank_by": []any{map[string]any{"metric": "memory", "k": 1}},
		"selection::meter::variant": "live " + root,
	})
	_ = conf.Merge(confmap.NewFromStringMap(change))
	return conf
}

// running is a receiver that an extension knows.
func running(t *testing.T) (*observed, *registry, string) {
	t.Helper()
	root := host(t)
	o := observe(t, root, func(c *Config) { require.NoError(t, offer(root, nil).Unmarshal(c)) })
	r := &registry{targets: map[component.ID]live.Target{}}
	require.NoError(t, o.selected.start(context.Background(), r))
	return o, r, root
}

func TestAReceiverIsTheOneThatChanges(t *testing.T) {
	o, r, _ := running(t)
	require.Equal(t, map[component.ID]live.Target{o.set.ID: o.selected}, r.targets)
	require.NoError(t, o.shutdown(context.Background()))
	require.Empty(t, r.targets)
}

func TestChangesOfSelectionHoldFromTheNextScrapeOn(t *testing.T) {
	o, _, root := running(t)
	require.Equal(t, []int64{812}, processtest.Kept(o.next(t)))
	kthreadd := []any{map[string]any{"name": "k", "conditions": []any{`resource.attributes["process.executable.name"] == "kthreadd"`}}}
	for _, c := range []struct {
		change map[string]any
		want   []int64
	}{
		{map[string]any{"selection::topk::critical": kthreadd, "selection::meter::critical": kthreadd}, []int64{2, 812}},
		{nil, []int64{812}},
		{map[string]any{"selection::topk::mode": "observe"}, []int64{2, 812}},
	} {
		commit, err := o.selected.Prepare(context.Background(), offer(root, c.change))
		require.NoError(t, err)
		commit()
		require.ElementsMatch(t, c.want, processtest.Kept(o.next(t)), c.change)
	}
	require.Equal(t, "observe", o.selected.Mode())
	require.NotEmpty(t, o.selected.Explain("", decided.Query{}, time.Now()))
}

func TestOtherChangesNeedARestart(t *testing.T) {
	o, _, root := running(t)
	for _, c := range []struct {
		change map[string]any
		want   string
	}{
		{map[string]any{"collection_interval": "7s", "open_files": 7, "metrics::process.uptime::enabled": true}, o.set.ID.String() + ": collection_interval: cannot change while the component runs, but selection can; restart its pipeline to change it\n" +
			"metrics: cannot change while the component runs, but selection can; restart its pipeline to change it\n" +
			"open_files: cannot change while the component runs, but selection can; restart its pipeline to change it"},
		{map[string]any{"selection::topk::half_life": "7s"}, "selection: topk: " + o.set.ID.String() + ": half_life: cannot change while the component runs"},
		{map[string]any{"selection::meter::window": "7m"}, "selection: meter: " + o.set.ID.String() + ": window: cannot change while the component runs"},
		{map[string]any{"selection::topk::rank_by": []any{}}, "rank_by: is empty"},
		{map[string]any{"kay": 1}, "kay"},
	} {
		_, err := o.selected.Prepare(context.Background(), offer(root, c.change))
		require.ErrorContains(t, err, c.want)
	}
	without := offer(root, nil)
	require.True(t, without.Delete("selection::meter"))
	_, err := o.selected.Prepare(context.Background(), without)
	require.EqualError(t, err, o.set.ID.String()+": selection: topk and meter can change but neither come nor go while the receiver runs; restart its pipelines for that")
	require.Equal(t, []int64{812}, processtest.Kept(o.next(t)))
}

// A list that is left out and one that is empty are the same.
func TestAnEmptyListIsNoChange(t *testing.T) {
	o, _, root := running(t)
	_, err := o.selected.Prepare(context.Background(), offer(root, map[string]any{"exclude::names": []any{}}))
	require.NoError(t, err)
}
