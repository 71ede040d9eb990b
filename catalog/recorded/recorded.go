// Package recorded has the scrapes of a real host on which the templates of the
// catalog are proven. The catalog's README says how they were made.
package recorded

import (
	"bytes"
	_ "embed"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/recording"
)

//go:embed scrapes.otlp.zst
var scrapes []byte

// Scrapes returns the scrapes in the order of their times; they are the
// caller's.
func Scrapes() ([]pmetric.Metrics, error) { return recording.Read(bytes.NewReader(scrapes)) }
