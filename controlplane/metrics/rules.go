package metrics

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

//go:embed rules.yaml
var rulesYAML []byte

var (
	promQL    = parser.NewParser(parser.Options{})
	ruleGroup = readRules(rulesYAML)
)

// readRules panics at what is no group of rules: it is part of the program.
func readRules(raw []byte) rulefmt.RuleGroup {
	groups, errs := rulefmt.Parse(raw, false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if errs != nil {
		panic(errors.Join(errs...))
	}
	return groups.Groups[0]
}

// RuleExpressions are the expressions of the recording rules, by the names
// that they record.
func RuleExpressions() map[string]string {
	expressions := map[string]string{}
	for _, r := range ruleGroup.Rules {
		expressions[r.Record] = r.Expr
	}
	return expressions
}

// runRules evaluates the recording rules until ctx ends. They read by the
// store's client and write to its database, so that they are the same whether
// it forwards or not.
func (s *Store) runRules(ctx context.Context) {
	tick := time.NewTicker(time.Duration(ruleGroup.Interval))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if err := s.evaluate(ctx, now.Add(-time.Duration(*ruleGroup.QueryOffset))); err != nil && ctx.Err() == nil {
				s.log.Warn("rules that savings are computed from could not be evaluated", "error", err)
			}
		}
	}
}

// evaluate records the values of all rules at a time.
func (s *Store) evaluate(ctx context.Context, at time.Time) error {
	return s.write(ctx, func(app storage.AppenderV2) error {
		for _, r := range ruleGroup.Rules {
			if err := s.record(ctx, app, r, at); err != nil {
				return fmt.Errorf("rule %s: %w", r.Record, err)
			}
		}
		return nil
	})
}

func (s *Store) record(ctx context.Context, app storage.AppenderV2, r rulefmt.Rule, at time.Time) error {
	a, err := s.Query(ctx, r.Expr, at)
	if err != nil {
		return err
	}
	values, ok := a.Result.(model.Vector)
	if !ok {
		return fmt.Errorf("its value is a %s; it must be a vector", a.Type)
	}
	for _, v := range values {
		_, err := app.Append(0, recorded(r.Record, v.Metric), 0, at.UnixMilli(), float64(v.Value), nil, nil, storage.AOptions{})
		if err != nil && !untimely(err) {
			return err
		}
	}
	return nil
}

func recorded(name string, m model.Metric) labels.Labels {
	b := labels.NewScratchBuilder(len(m) + 1)
	b.Add(model.MetricNameLabel, name)
	for name, v := range m {
		if name != model.MetricNameLabel {
			b.Add(string(name), string(v))
		}
	}
	b.Sort()
	return b.Labels()
}
