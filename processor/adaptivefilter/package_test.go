package adaptivefilter

import (
	"testing"

	"github.com/phoenix-platform/phoenix/internal/conformance"
)

func TestTheREADMEHasEveryKey(t *testing.T) { conformance.READMEHasEveryKey(t, NewFactory()) }

func TestTheREADMEHasTheDefaults(t *testing.T) { conformance.READMEHasTheDefaults(t, NewFactory()) }

func TestTheREADMEHasEveryMetric(t *testing.T) { conformance.READMEHasEveryMetric(t) }
