package pipeline

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const collectorName = "otelcol-phoenix"

// findCollector returns the collector to run: the path given, else the one
// beside this program, else the one on PATH.
func findCollector(given string) (string, error) {
	if given != "" {
		found, err := exec.LookPath(given)
		if err != nil && !errors.Is(err, exec.ErrDot) {
			return "", fmt.Errorf("--collector: %w; give the path of an otelcol-phoenix", err)
		}
		return filepath.Abs(found)
	}
	if self, err := os.Executable(); err == nil {
		if found, err := exec.LookPath(filepath.Join(filepath.Dir(self), collectorName)); err == nil {
			return found, nil
		}
	}
	found, err := exec.LookPath(collectorName)
	if err != nil {
		return "", fmt.Errorf("there is no %s beside this program or on PATH; give its path with --collector", collectorName)
	}
	return filepath.Abs(found)
}
