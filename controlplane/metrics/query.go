package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/storage"

	"github.com/phoenix-platform/phoenix/controlplane"
)

const (
	maxQuery  = 16 << 10 // bytes
	maxPoints = 11_000   // steps of a range, which is also Prometheus' limit
)

// Answer is the value of a query, in the form that Prometheus' API gives it.
type Answer struct {
	Type   string      `json:"resultType"` // vector, matrix or scalar
	Result model.Value `json:"result"`
	// Warnings are what Prometheus warns of, or remarks.
	Warnings []string `json:"warnings,omitempty"`
}

// Range is the time and the resolution of a query.
type Range struct {
	Start, End time.Time
	Step       time.Duration
}

func (r Range) validate() error {
	switch {
	case r.Step <= 0:
		return fmt.Errorf("step: %s; it must be above 0", r.Step)
	case r.End.Before(r.Start):
		return errors.New("end: is before start")
	case r.End.Sub(r.Start)/r.Step > maxPoints:
		return fmt.Errorf("step: %s makes more than %d points; take a larger one or a shorter time", r.Step, maxPoints)
	}
	return nil
}

// Query evaluates PromQL at a time. Its errors are [*controlplane.Error]s: what
// is wrong with the query, or that the metrics are away.
func (s *Store) Query(ctx context.Context, query string, at time.Time) (Answer, error) {
	if err := checkQuery(query); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.set.QueryTimeout)
	defer cancel()
	return s.answer(s.api.Query(ctx, query, at))
}

// QueryRange evaluates PromQL at each step of a range. Its errors are those of
// [Store.Query].
func (s *Store) QueryRange(ctx context.Context, query string, r Range) (Answer, error) {
	if err := errors.Join(checkQuery(query), r.validate()); err != nil {
		return Answer{}, invalid("%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.set.QueryTimeout)
	defer cancel()
	return s.answer(s.api.QueryRange(ctx, query, v1.Range(r)))
}

func checkQuery(query string) error {
	switch {
	case strings.TrimSpace(query) == "":
		return invalid("query: it is empty; give PromQL")
	case len(query) > maxQuery:
		return invalid("query: has %d bytes; at most %d are possible", len(query), maxQuery)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return &controlplane.Error{Code: controlplane.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

func (s *Store) answer(v model.Value, warnings v1.Warnings, infos v1.Infos, err error) (Answer, error) {
	if err != nil {
		return Answer{}, s.queryError(err)
	}
	return Answer{Type: v.Type().String(), Result: v, Warnings: append(warnings, infos...)}, nil
}

// queryError tells an error of the query from one of the store.
func (s *Store) queryError(err error) error {
	if strings.Contains(err.Error(), "unexpected value type") { // the client knows no texts
		return invalid("query: its value is a text; give one whose value are numbers")
	}
	known := &v1.Error{Type: v1.ErrServer}
	if errors.Is(err, context.DeadlineExceeded) {
		known.Type = v1.ErrTimeout
	}
	_ = errors.As(err, &known) // an answer says more
	switch known.Type {
	case v1.ErrBadData, v1.ErrExec:
		return invalid("query: %s", known.Msg)
	case v1.ErrTimeout:
		return invalid("query: it takes longer than %s; ask for fewer series or a shorter time", s.set.QueryTimeout)
	}
	if !errors.Is(err, context.Canceled) {
		s.log.Warn("metrics cannot be queried", "error", err)
	}
	return &controlplane.Error{Code: controlplane.CodeUnavailable, Message: "metrics cannot be queried now", Hint: s.whereToLook()}
}

func (s *Store) whereToLook() string {
	if s.set.PrometheusURL != "" {
		return "see whether the Prometheus that metrics are forwarded to answers"
	}
	return "the control plane's log says why"
}

// Handler is Prometheus' HTTP API over the store's own database, for those who
// draw charts; nil if the store forwards to a Prometheus, which has its own.
func (s *Store) Handler() http.Handler {
	if e, ok := s.kind.(*embedded); ok {
		return e.localAPI
	}
	return nil
}

// queryable is the database of this process, until done is called.
func (s *Store) queryable() (db storage.Queryable, done func(), err error) {
	o, done, err := s.use()
	if err != nil {
		return nil, nil, err
	}
	return o.database.(storage.Queryable), done, nil
}
