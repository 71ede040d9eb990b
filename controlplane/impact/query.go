package impact

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// Query is one of a file.
type Query struct {
	// File and Place are where it is: the rule's group and name, or the titles
	// of the dashboard and the panel.
	File  string `json:"file"`
	Place string `json:"place"`
	Expr  string `json:"expr"`
}

// Read returns the queries of a file: of a dashboard if it is JSON, and else of
// rules.
func Read(file string, text []byte) ([]Query, error) {
	if strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		return Dashboard(file, text)
	}
	return Rules(file, text)
}

var promQL = parser.NewParser(parser.Options{})

// Rules returns the queries of a file of alert rules and recording rules.
func Rules(file string, text []byte) ([]Query, error) {
	groups, errs := rulefmt.Parse(text, true, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		return nil, fmt.Errorf("read the rules of %s: %w; promtool check rules says more", file, errors.Join(errs...))
	}
	var all []Query
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			all = append(all, Query{file, g.Name + " / " + r.Alert + r.Record, r.Expr})
		}
	}
	return all, nil
}

// panel is one of a dashboard, or a row of them.
type panel struct {
	Title   string
	Targets []struct{ Expr string }
	Panels  []panel
}

// Dashboard returns the PromQL queries of a Grafana dashboard in JSON. Its
// variables stand for anything.
func Dashboard(file string, text []byte) ([]Query, error) {
	var d struct {
		panel
		Dashboard *panel // as Grafana's API wraps it
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read the dashboard %s: %w; export it as JSON", file, err)
	}
	root := d.panel
	if d.Dashboard != nil {
		root = *d.Dashboard
	}
	var all []Query
	root.visit(root.Title, func(place, expr string) { all = append(all, Query{file, place, expr}) })
	return all, nil
}

func (p panel) visit(place string, visit func(place, expr string)) {
	for _, t := range p.Targets {
		if strings.TrimSpace(t.Expr) != "" {
			visit(place, t.Expr)
		}
	}
	for _, below := range p.Panels {
		below.visit(place+" / "+below.Title, visit)
	}
}
