package httpapi

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

const (
	// mostSteps is at how many times a subquery may be evaluated. Prometheus
	// allots memory for all of them before it evaluates the first, so that
	// up[100y:1ms] alone would end it.
	mostSteps = 100_000
	// defaultStep is that of a subquery which says none.
	defaultStep = time.Minute
)

var promQL = parser.NewParser(parser.Options{})

// boundQuery refuses a query over a span of time whose subqueries have too many
// steps. A text that is no PromQL is left to whoever evaluates it, who says what
// is wrong.
func boundQuery(text string, span time.Duration) error {
	query, err := promQL.ParseExpr(text)
	if err != nil {
		return nil
	}
	return bounded(query, span.Seconds())
}

// bounded looks at an expression that is evaluated over so many seconds. Each
// subquery makes that longer for what is in it.
func bounded(node parser.Node, seconds float64) error {
	if sub, ok := node.(*parser.SubqueryExpr); ok {
		step := sub.Step
		if step == 0 {
			step = defaultStep
		}
		seconds += sub.Range.Seconds()
		if seconds/step.Seconds() > mostSteps {
			return wrong("query.query", "query: the subquery %.80q has more than %d steps; take a larger step or a shorter range", sub, mostSteps)
		}
	}
	for child := range parser.ChildrenIter(node) {
		if err := bounded(child, seconds); err != nil {
			return err
		}
	}
	return nil
}
