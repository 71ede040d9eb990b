package impact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// The ways in which a query is affected.
const (
	// Named: it asks for processes that are dropped.
	Named = "named"
	// Each: it asks for each process, and has fewer then, and _other_.
	Each = "each"
)

// Report is what would change.
type Report struct {
	Queries  int        `json:"queries"`
	Affected []Affected `json:"affected"`
	// Unread are those that are no PromQL.
	Unread []Unread `json:"unread,omitempty"`
	// Critical would keep the processes that queries ask for by name.
	Critical []controlplane.CriticalEntry `json:"critical"`
}

// Affected is a query that would lose series.
type Affected struct {
	Query
	// How is Named or Each.
	How string `json:"how"`
	// Selector is the part of it that does.
	Selector string `json:"selector"`
	// Lost are the names of the dropped processes that it asks for, and Kept how
	// many are left.
	Lost []string `json:"lost"`
	Kept int      `json:"kept"`
}

// Unread is a query that could not be looked at.
type Unread struct {
	Query
	Problem string `json:"problem"`
}

// Of looks at queries.
func Of(queries []Query, h Host) Report {
	r := Report{Queries: len(queries), Affected: []Affected{}, Critical: []controlplane.CriticalEntry{}}
	names := map[string]bool{}
	for _, q := range queries {
		expr, err := promQL.ParseExpr(plain(q.Expr))
		if err != nil {
			r.Unread = append(r.Unread, Unread{q, err.Error()})
			continue
		}
		for _, a := range h.affected(q, expr) {
			r.Affected = append(r.Affected, a)
			for _, name := range a.Lost {
				names[name] = names[name] || a.How == Named
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if names[name] && name != "" {
			r.Critical = append(r.Critical, entry(name))
		}
	}
	return r
}

// entry is what keeps the processes of a name.
func entry(name string) controlplane.CriticalEntry {
	return controlplane.CriticalEntry{
		Name: name, Conditions: []string{fmt.Sprintf("resource.attributes[%q] == %q", "process.executable.name", name)},
	}
}

// affected are the selectors of a query that lose series.
func (h Host) affected(q Query, expr parser.Expr) (all []Affected) {
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		s, ok := node.(*parser.VectorSelector)
		if !ok || !h.isOfProcesses(s) {
			return nil
		}
		a := Affected{Query: q, How: Each, Selector: s.String()}
		matchers := h.identifying(s)
		if slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches("") }) {
			a.How = Named
		} else if conserves(path, h) {
			return nil
		}
		if a.count(h, matchers); len(a.Lost) > 0 {
			all = append(all, a)
		}
		return nil
	})
	return all
}

// count counts the processes that a selector asks for.
func (a *Affected) count(h Host, matchers []*labels.Matcher) {
	lost := map[string]bool{}
	for _, p := range h.Processes {
		if slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(p.Labels[label(m.Name)]) }) {
			continue
		}
		if p.Kept {
			a.Kept++
		} else {
			lost[p.Name] = true
		}
	}
	a.Lost = slices.Sorted(maps.Keys(lost))
}

// isOfProcesses reports whether a selector asks for metrics of processes.
// Prometheus' own metrics of itself begin with process_ too.
func (h Host) isOfProcesses(s *parser.VectorSelector) bool {
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel {
			return h.matchesMetric(m)
		}
	}
	return false
}

// units are what Prometheus adds to the name of a metric.
var units = []string{"", "_seconds_total", "_bytes", "_bytes_total", "_total", "_seconds", "_ratio", "_ratio_total"}

func (h Host) matchesMetric(m *labels.Matcher) bool {
	for metric := range h.Metrics {
		for _, unit := range units {
			if m.Matches(metric+unit) || m.Type == labels.MatchEqual && label(m.Value) == metric+unit {
				return true
			}
		}
	}
	return false
}

// identifying are the matchers on what tells processes apart.
func (h Host) identifying(s *parser.VectorSelector) (all []*labels.Matcher) {
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel && h.tellsApart(m.Name) {
			all = append(all, m)
		}
	}
	return all
}

// tellsApart reports whether a label is a resource attribute of processes.
func (h Host) tellsApart(name string) bool {
	return strings.HasPrefix(label(name), "process_") && slices.ContainsFunc(h.Processes, func(p Process) bool {
		_, has := p.Labels[label(name)]
		return has
	})
}

// conserves reports whether what is above a selector sums up over processes:
// _other_ is in the sum, and nothing is lost.
func conserves(path []parser.Node, h Host) bool {
	for _, node := range slices.Backward(path) {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			if n.Op != parser.SUM {
				return false
			}
			by := slices.ContainsFunc(n.Grouping, h.tellsApart)
			return by == n.Without && (!n.Without || h.allIn(n.Grouping))
		case *parser.BinaryExpr:
			return false // a comparison before the sum drops processes one by one
		}
	}
	return false
}

// allIn reports whether every label that tells processes apart is in a list.
func (h Host) allIn(list []string) bool {
	for _, p := range h.Processes {
		for name := range p.Labels {
			if h.tellsApart(name) && !slices.ContainsFunc(list, func(l string) bool { return label(l) == name }) {
				return false
			}
		}
	}
	return true
}
