package ownership

import "github.com/phoenix-platform/phoenix/internal/redact"

// Redact returns a copy of a configuration for reports, without its secrets.
func Redact(config map[string]any) map[string]any {
	return redact.Configuration(clone(config).(map[string]any))
}
