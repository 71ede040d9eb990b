package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func records(t *testing.T, open opener) {
	open.run(t, "there is one price book", func(t *testing.T, s store) { priceBook(t, s) })
	open.run(t, "audit records are read as they were written", func(t *testing.T, s store) { audit(t, s) })
	open.run(t, "an audit record is added once", func(t *testing.T, s store) {
		add := func() error {
			return s.Update(t.Context(), func(w controlplane.Writer) error {
				return w.AddAudit(t.Context(), record(1, "ana", "deployment/web", controlplane.CreateDeployment))
			})
		}
		require.NoError(t, add())
		require.Error(t, add())
	})
	open.run(t, "the newest events are kept", func(t *testing.T, s store) { events(t, s) })
	open.run(t, "an answer is kept for its key", func(t *testing.T, s store) { results(t, s) })
}

func priceBook(t *testing.T, s store) {
	s.read(t, func(r controlplane.Reader) {
		_, err := r.PriceBook(t.Context())
		require.ErrorIs(t, err, controlplane.ErrNotFound)
	})
	b := controlplane.PriceBook{Metadata: metadata("default"), Spec: controlplane.Prices{Currency: "EUR", PerMillionPoints: 0.1, PerGB: 1e9}}
	for _, price := range []float64{0.3, 0.25} {
		b.Spec.PerActiveSeriesMonth = price
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutPriceBook(t.Context(), b)) })
	}
	s.read(t, func(r controlplane.Reader) {
		got, err := r.PriceBook(t.Context())
		require.NoError(t, err)
		require.Equal(t, b, got)
	})
}

func audit(t *testing.T, s store) {
	s.read(t, func(r controlplane.Reader) {
		head, err := r.AuditHead(t.Context())
		require.NoError(t, err)
		require.Equal(t, controlplane.AuditHead{}, head)
	})
	added := []controlplane.AuditRecord{
		record(1, "ana", "deployment/web", controlplane.CreateDeployment),
		record(2, "ben", "deployment/web", controlplane.UpdateDeployment),
		record(3, "ana", "deployment/db", controlplane.CreateDeployment),
		record(4, "ana", "deployment/web", controlplane.UpdateDeployment),
	}
	s.write(t, func(w controlplane.Writer) {
		for _, r := range added {
			require.NoError(t, w.AddAudit(t.Context(), r))
		}
	})
	s.read(t, func(r controlplane.Reader) {
		head, err := r.AuditHead(t.Context())
		require.NoError(t, err)
		require.Equal(t, controlplane.AuditHead{Sequence: 4, MAC: added[3].MAC}, head)
		got, err := r.Audit(t.Context(), controlplane.AuditFilter{}, controlplane.Span[int64]{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, added, got)
		auditFilters(t, r)
	})
}

func auditFilters(t *testing.T, r controlplane.Reader) {
	for _, c := range []struct {
		filter controlplane.AuditFilter
		want   []int64
	}{
		{controlplane.AuditFilter{}, []int64{1, 2, 3, 4}},
		{controlplane.AuditFilter{Subject: "ana"}, []int64{1, 3, 4}},
		{controlplane.AuditFilter{Object: "deployment/web"}, []int64{1, 2, 4}},
		{controlplane.AuditFilter{Action: controlplane.CreateDeployment}, []int64{1, 3}},
		{controlplane.AuditFilter{Subject: "ana", Object: "deployment/web", Action: controlplane.UpdateDeployment}, []int64{4}},
		{controlplane.AuditFilter{Subject: "' OR 1=1 --"}, nil},
	} {
		forward, backward := pages(t, func(span controlplane.Span[int64]) ([]controlplane.AuditRecord, error) {
			return r.Audit(t.Context(), c.filter, span)
		}, func(a controlplane.AuditRecord) int64 { return a.Sequence })
		require.Equal(t, c.want, forward, "%+v", c.filter)
		require.ElementsMatch(t, c.want, backward, "%+v", c.filter)
		require.IsNonIncreasing(t, append(backward, 0), "%+v", c.filter)
	}
}

func events(t *testing.T, s store) {
	event := controlplane.Event{At: at(1), Action: controlplane.LabelAgent, Object: "agent/a", Message: "labels of agent a"}
	listed := func() (sequences []int64) {
		s.read(t, func(r controlplane.Reader) {
			forward, backward := pages(t, func(span controlplane.Span[int64]) ([]controlplane.Event, error) {
				return r.Events(t.Context(), span)
			}, func(e controlplane.Event) int64 { return e.Sequence })
			require.ElementsMatch(t, forward, backward)
			sequences = forward
		})
		return sequences
	}
	add := func(n int) {
		s.write(t, func(w controlplane.Writer) {
			for range n {
				require.NoError(t, w.AddEvent(t.Context(), event))
			}
		})
	}
	trim := func(keep int) {
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.TrimEvents(t.Context(), keep)) })
	}
	add(5)
	before := listed()
	require.Len(t, before, 5)
	require.IsIncreasing(t, before)
	trim(9)
	require.Equal(t, before, listed())
	trim(2)
	require.Equal(t, before[3:], listed())
	trim(0)
	add(1)
	require.Greater(t, listed()[0], before[4], "no number comes again")
	s.read(t, func(r controlplane.Reader) {
		got, err := r.Events(t.Context(), controlplane.Span[int64]{Limit: 1})
		require.NoError(t, err)
		event.Sequence = got[0].Sequence
		require.Equal(t, event, got[0])
	})
}

func results(t *testing.T, s store) {
	s.write(t, func(w controlplane.Writer) {
		require.NoError(t, w.AddResult(t.Context(), "t1", "key", "f1", []byte(`{"a":1}`), at(1)))
		require.NoError(t, w.AddResult(t.Context(), "t2", "key", "f2", []byte(`{}`), at(2)))
	})
	s.read(t, func(r controlplane.Reader) {
		fingerprint, result, err := r.Result(t.Context(), "t1", "key")
		require.NoError(t, err)
		require.Equal(t, "f1", fingerprint)
		require.Equal(t, []byte(`{"a":1}`), result)
	})
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.TrimResults(t.Context(), at(2))) })
	s.read(t, func(r controlplane.Reader) {
		_, _, err := r.Result(t.Context(), "t1", "key")
		require.ErrorIs(t, err, controlplane.ErrNotFound)
		_, _, err = r.Result(t.Context(), "t2", "key")
		require.NoError(t, err)
	})
}
