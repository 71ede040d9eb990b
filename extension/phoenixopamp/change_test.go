package phoenixopamp

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// changing is a component that notes what it does.
type changing struct {
	name   string
	refuse error
	did    *[]string
}

func (c changing) Prepare(_ context.Context, conf *confmap.Conf) (func(), error) {
	if c.refuse != nil {
		return nil, c.refuse
	}
	return func() { *c.did = append(*c.did, fmt.Sprint(c.name, conf.ToStringMap())) }, nil
}

func changers(e *instance, refuse error) *[]string {
	did := &[]string{}
	for _, id := range []string{"seriesmeter/phoenix_output", "topk/phoenix", "processmetrics/phoenix"} {
		var cid component.ID
		if err := cid.UnmarshalText([]byte(id)); err != nil {
			panic(err)
		}
		c := changing{name: id, did: did}
		if cid.Type().String() == "topk" {
			c.refuse = refuse
		}
		e.Register(cid, c)
	}
	return did
}

func settings(ids ...string) (all []ownership.Setting) {
	for _, id := range ids {
		all = append(all, ownership.Setting{ID: id, Config: map[string]any{"k": 7}})
	}
	return all
}

func TestMetersChangeLast(t *testing.T) {
	e := build(configure(t, ""))
	did := changers(e, nil)
	require.NoError(t, e.Change(t.Context(), settings("seriesmeter/phoenix_output", "topk/phoenix", "processmetrics/phoenix")))
	require.Equal(t, []string{"topk/phoenixmap[k:7]", "processmetrics/phoenixmap[k:7]", "seriesmeter/phoenix_outputmap[k:7]"}, *did)
}

func TestNobodyChangesIfOneRefuses(t *testing.T) {
	e := build(configure(t, ""))
	did := changers(e, errors.New("k: must be at least 1, got 0"))
	err := e.Change(t.Context(), settings("processmetrics/phoenix", "topk/phoenix", "adaptivefilter/phoenix", "/"))
	require.ErrorContains(t, err, "topk/phoenix: k: must be at least 1, got 0")
	require.ErrorContains(t, err, "adaptivefilter/phoenix: does not run, or cannot change while it does; reload the configuration")
	require.ErrorContains(t, err, "/: ")
	require.Empty(t, *did)
}

// unregistering is a component that ends while it is asked to change.
type unregistering struct{ leave func() }

func (u *unregistering) Prepare(context.Context, *confmap.Conf) (func(), error) {
	u.leave()
	return func() {}, nil
}

func TestAComponentMayLeaveWhileItIsAsked(t *testing.T) {
	e := build(configure(t, ""))
	u := &unregistering{}
	u.leave = e.Register(component.MustNewID("topk"), u)
	require.NoError(t, e.Change(t.Context(), settings("topk")))
	require.ErrorContains(t, e.Change(t.Context(), settings("topk")), "does not run")
}
