package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// maxListed is how many series, names or values a list has.
const maxListed = 50_000

// data is the value of a query, as the API has it.
type data struct {
	Type  parser.ValueType `json:"resultType"`
	Value parser.Value     `json:"result"`
}

func (a *localAPI) query(r *http.Request) (any, []string, error) {
	at, err := timeOf(r, "time", time.Now())
	if err != nil {
		return nil, nil, err
	}
	return a.evaluate(r, func(db storage.Queryable) (promql.Query, error) {
		return a.engine.NewInstantQuery(r.Context(), db, nil, r.FormValue("query"), at)
	})
}

func (a *localAPI) queryRange(r *http.Request) (any, []string, error) {
	span, err := rangeOf(r)
	if err != nil {
		return nil, nil, err
	}
	if err := span.validate(); err != nil {
		return nil, nil, badData("%v", err)
	}
	return a.evaluate(r, func(db storage.Queryable) (promql.Query, error) {
		return a.engine.NewRangeQuery(r.Context(), db, nil, r.FormValue("query"), span.Start, span.End, span.Step)
	})
}

func (a *localAPI) evaluate(r *http.Request, prepare func(storage.Queryable) (promql.Query, error)) (any, []string, error) {
	db, done, err := a.db()
	if err != nil {
		return nil, nil, unavailable(err)
	}
	defer done()
	select {
	case a.places <- struct{}{}:
		defer func() { <-a.places }()
	case <-r.Context().Done():
		return nil, nil, r.Context().Err()
	}
	q, err := prepare(db)
	if err != nil {
		return nil, nil, badData("%v", err)
	}
	defer q.Close()
	result := q.Exec(r.Context())
	if result.Err != nil {
		return nil, nil, result.Err
	}
	warnings, _ := result.Warnings.AsStrings(r.FormValue("query"), 10, 0)
	encoded, err := json.Marshal(data{result.Value.Type(), result.Value}) // before the query is closed
	return json.RawMessage(encoded), warnings, err
}

func (a *localAPI) series(r *http.Request) (any, []string, error) {
	selectors, err := selectorsOf(r)
	if err != nil {
		return nil, nil, err
	}
	if len(selectors) == 0 {
		return nil, nil, badData("match[]: none is given")
	}
	found := []labels.Labels{}
	err = a.read(r, func(ctx context.Context, q storage.Querier, from, to int64) error {
		hints := &storage.SelectHints{Start: from, End: to, Func: "series", Limit: maxListed}
		var sets []storage.SeriesSet
		for _, s := range selectors {
			sets = append(sets, q.Select(ctx, true, hints, s...))
		}
		set := storage.NewMergeSeriesSet(sets, maxListed, storage.ChainedSeriesMerge)
		for len(found) < maxListed && set.Next() {
			found = append(found, set.At().Labels())
		}
		return set.Err()
	})
	return found, whetherCut(len(found)), err
}

// whetherCut warns of a list that may not be whole.
func whetherCut(n int) (warnings []string) {
	if n >= maxListed {
		warnings = append(warnings, fmt.Sprintf("only the first %d are listed", maxListed))
	}
	return warnings
}

func (a *localAPI) labelNames(r *http.Request) (any, []string, error) {
	return a.list(r, func(ctx context.Context, q storage.Querier, ms []*labels.Matcher) ([]string, error) {
		names, _, err := q.LabelNames(ctx, &storage.LabelHints{Limit: maxListed}, ms...)
		return names, err
	})
}

func (a *localAPI) labelValues(r *http.Request) (any, []string, error) {
	name := r.PathValue("name")
	if !model.UTF8Validation.IsValidLabelName(name) {
		return nil, nil, badData("%.80q is no name of a label", name)
	}
	return a.list(r, func(ctx context.Context, q storage.Querier, ms []*labels.Matcher) ([]string, error) {
		values, _, err := q.LabelValues(ctx, name, &storage.LabelHints{Limit: maxListed}, ms...)
		return values, err
	})
}

// list returns what the selectors of a request find, or without any all.
func (a *localAPI) list(r *http.Request, find func(context.Context, storage.Querier, []*labels.Matcher) ([]string, error)) (any, []string, error) {
	selectors, err := selectorsOf(r)
	if err != nil {
		return nil, nil, err
	}
	if len(selectors) == 0 {
		selectors = [][]*labels.Matcher{nil}
	}
	found := []string{}
	err = a.read(r, func(ctx context.Context, q storage.Querier, _, _ int64) error {
		for _, ms := range selectors {
			some, err := find(ctx, q, ms)
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
		return nil
	})
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), maxListed)], whetherCut(len(found)), err
}

// read opens a querier over the time that a request asks for, in milliseconds.
func (a *localAPI) read(r *http.Request, do func(ctx context.Context, q storage.Querier, from, to int64) error) error {
	db, done, err := a.db()
	if err != nil {
		return unavailable(err)
	}
	defer done()
	from, err := timeOf(r, "start", time.Unix(0, 0))
	if err != nil {
		return err
	}
	to, err := timeOf(r, "end", time.Now().Add(ahead))
	if err != nil {
		return err
	}
	q, err := db.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return err
	}
	defer q.Close()
	return do(r.Context(), q, from.UnixMilli(), to.UnixMilli())
}
