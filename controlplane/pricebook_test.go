package controlplane_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestPricesAreDataWithAHistory(t *testing.T) {
	p := newPlane(t)
	empty, err := p.PriceBook(t.Context(), viewer)
	require.NoError(t, err)
	require.Equal(t, controlplane.Prices{Currency: "USD", Source: "nobody set prices yet"}, empty.Spec)
	set, err := p.SetPriceBook(t.Context(), admin, controlplane.Prices{Currency: "EUR", PerGB: 0.1}, empty.Metadata.ResourceVersion)
	require.NoError(t, err)
	_, err = p.SetPriceBook(t.Context(), admin, controlplane.Prices{Currency: "EUR"}, empty.Metadata.ResourceVersion)
	requireCode(t, controlplane.CodeStale, err)
	read, err := p.PriceBook(t.Context(), viewer)
	require.NoError(t, err)
	require.Equal(t, set, read)
	require.JSONEq(t, encoded(t, set.Spec), string(p.audit(t, controlplane.AuditFilter{Action: controlplane.SetPriceBook})[0].After))
	_, err = p.SetPriceBook(t.Context(), admin, controlplane.Prices{Currency: "$", PerMillionPoints: -1, PerActiveSeriesMonth: 1e10}, "")
	requireCode(t, controlplane.CodeInvalid, err, "currency:", "perMillionPoints:", "perActiveSeriesMonth:")
}
