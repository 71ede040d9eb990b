package processgroup

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

func TestTheREADMEHasEveryKey(t *testing.T) { conformance.READMEHasEveryKey(t, NewFactory()) }

func TestTheREADMEHasTheDefaults(t *testing.T) { conformance.READMEHasTheDefaults(t, NewFactory()) }

func TestTheREADMEHasEveryMetric(t *testing.T) { conformance.READMEHasEveryMetric(t) }

func TestTheREADMEHasEveryAdditiveGauge(t *testing.T) {
	for _, name := range processbatch.AdditiveGauges() {
		require.Contains(t, conformance.Text(t, "README.md"), "`"+name+"`")
	}
}

// The README shows the second scrape of the example.
func TestTheREADMEHasTheExample(t *testing.T) {
	for _, side := range []string{"input", "output"} {
		require.Contains(t, conformance.Text(t, "README.md"), "| --- |\n"+rows(conformance.CaseBatch(t, "the_readme_example", side, 1)))
	}
}
