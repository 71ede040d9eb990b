package ownership

import (
	"fmt"

	"go.opentelemetry.io/collector/confmap"
)

// Owner merges the owner's own configuration files, in order, as the collector
// merges several --config: maps grow, everything else is replaced. Nothing in
// them is expanded.
func Owner(files ...[]byte) (map[string]any, error) {
	merged := confmap.New()
	for i, file := range files {
		retrieved, err := confmap.NewRetrievedFromYAML(file)
		if err != nil {
			return nil, fmt.Errorf("read file %d of config_files: %w", i+1, err)
		}
		conf, err := retrieved.AsConf()
		if err != nil {
			return nil, fmt.Errorf("read file %d of config_files: %w", i+1, err)
		}
		if err := merged.Merge(conf); err != nil {
			return nil, fmt.Errorf("merge file %d of config_files: %w", i+1, err)
		}
	}
	return merged.ToStringMap(), nil
}
