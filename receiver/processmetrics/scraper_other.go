//go:build !linux

package processmetrics

import (
	"fmt"
	"runtime"

	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/scraper"
)

// newScraper fails where there is no /proc.
func newScraper(set receiver.Settings, _ *Config) (scraper.Metrics, error) {
	return nil, fmt.Errorf("%s reads Linux's /proc, which %s does not have; use the process scraper of hostmetrics", set.ID, runtime.GOOS)
}
