package live_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/live"
)

var id = component.MustNewIDWithName("topk", "phoenix")

// host has two extensions, one of which changes come from.
type host struct {
	extensions map[component.ID]component.Component
}

func (h host) GetExtensions() map[component.ID]component.Component { return h.extensions }

type registry struct {
	component.Component
	targets map[component.ID]live.Target
	left    int
}

func (r *registry) Register(id component.ID, t live.Target) (unregister func()) {
	r.targets[id] = t
	return func() { r.left++ }
}

type target struct{}

func (target) Prepare(context.Context, *confmap.Conf) (func(), error) { return func() {}, nil }

func TestATargetIsRegisteredAndLeavesOnce(t *testing.T) {
	r := &registry{targets: map[component.ID]live.Target{}}
	h := host{map[component.ID]component.Component{component.MustNewID("phoenix_opamp"): r, component.MustNewID("zpages"): nil}}
	leave := live.Register(h, id, target{})
	require.Equal(t, map[component.ID]live.Target{id: target{}}, r.targets)
	leave()
	leave()
	require.Equal(t, 1, r.left)
}

func TestWithoutTheExtensionNothingIsRegistered(t *testing.T) {
	live.Register(componenttest.NewNopHost(), id, target{})()
	live.Register(host{}, id, target{})()
}

// config has a live key, k.
type config struct {
	K     int            `mapstructure:"k"`
	Names []string       `mapstructure:"names"`
	Other map[string]int `mapstructure:"other"`
	Inner inner          `mapstructure:"inner"`
}

type inner struct {
	Name string `mapstructure:"name"`
}

func (i inner) Validate() error {
	if i.Name == "bad" {
		return errors.New("name: is bad; use another one")
	}
	return nil
}

func TestDecode(t *testing.T) {
	cfg := &config{K: 3, Inner: inner{Name: "x"}}
	require.NoError(t, live.Decode(confmap.NewFromStringMap(map[string]any{"names": []any{"a"}}), cfg))
	require.Equal(t, &config{K: 3, Names: []string{"a"}, Inner: inner{Name: "x"}}, cfg)
	err := live.Decode(confmap.NewFromStringMap(map[string]any{"inner": map[string]any{"name": "bad"}}), cfg)
	require.EqualError(t, err, "inner: name: is bad; use another one")
	require.ErrorContains(t, live.Decode(confmap.NewFromStringMap(map[string]any{"kk": 1}), cfg), "kk")
}

// own reads itself.
type own struct {
	config `mapstructure:",squash"`
	read   bool
}

func (o *own) Unmarshal(*confmap.Conf) error {
	o.read = true
	return nil
}

func TestDecodeLetsAConfigurationReadItself(t *testing.T) {
	cfg := &own{}
	require.NoError(t, live.Decode(confmap.New(), cfg))
	require.True(t, cfg.read)
}

func TestRefuse(t *testing.T) {
	running := config{Names: []string{"a"}, Inner: inner{"x"}}
	require.NoError(t, live.Refuse(running, config{Names: []string{"a"}, Other: map[string]int{}, Inner: inner{"x"}}, "k"))
	require.EqualError(t, live.Refuse(running, config{Other: map[string]int{"a": 1}, Inner: inner{"x"}}, "k", "mode"),
		"names: cannot change while the component runs, but k, mode can; restart its pipeline to change it; "+
			"other: cannot change while the component runs, but k, mode can; restart its pipeline to change it")
	require.ErrorContains(t, live.Refuse(running, config{Names: []string{"a"}, Inner: inner{"y"}}, "k"), "inner: cannot change")
}
