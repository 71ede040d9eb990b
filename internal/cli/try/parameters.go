package try

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// destination is the parameter for which try has a place of its own.
const destination = "endpoint"

// options makes the options of a command line, and reports all that is wrong
// with it. Whether a flag was given tells changed.
func (f *flags) options(changed func(flag string) bool) (Options, error) {
	o := f.Options
	o.Interval = f.interval
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(f.interval >= time.Second, "--interval: %s is below 1s; use 1s or more", f.interval)
	check(f.interval < time.Second || f.interval%time.Second == 0,
		"--interval: %s is not a whole number of seconds; use %s", f.interval, f.interval.Round(time.Second))
	check(f.Duration >= 0, "--duration: must not be negative, got %s; use 0 to end at Ctrl-C", f.Duration)
	check(f.Top >= 0, "--top: must not be negative, got %d; use 0 for no rows", f.Top)
	var err error
	if o.Parameters, err = f.parameters(changed); err != nil {
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}

// parameters are those that flags name, and those of --set.
func (f *flags) parameters(changed func(flag string) bool) (map[string]any, error) {
	params := map[string]any{"interval": int(f.interval / time.Second)}
	named := map[string]string{"interval": "--interval"}
	take := func(flag, parameter string, value any) {
		named[parameter] = flag
		if changed(strings.TrimPrefix(flag, "--")) {
			params[parameter] = value
		}
	}
	take("--k", "k", f.k)
	take("--min-cpu", "min_cpu", f.minCPU)
	take("--max-series", "max_series", f.maxSeries)
	var errs []error
	if len(f.critical) > 0 {
		entries, err := criticalEntries(f.critical)
		errs = append(errs, err)
		take("--critical", "critical", entries)
	}
	for _, text := range f.set {
		name, value, err := parseSet(text)
		switch _, given := params[name]; {
		case err != nil:
			errs = append(errs, err)
		case name == destination:
			errs = append(errs, fmt.Errorf("--set %s: try sends nothing anywhere; leave it out, --listen says where the metrics are served", name))
		case given && named[name] != "":
			errs = append(errs, fmt.Errorf("--set %s: %s sets it already; use one of the two", name, named[name]))
		case given:
			errs = append(errs, fmt.Errorf("--set %s: is given twice; use one", name))
		default:
			params[name] = value
		}
	}
	return params, errors.Join(errs...)
}

// parseSet reads PARAMETER=VALUE, the value as YAML, of which JSON is a part.
func parseSet(text string) (name string, value any, err error) {
	name, raw, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return "", nil, fmt.Errorf("--set %q: is not PARAMETER=VALUE, such as half_life=10", text)
	}
	if err := yaml.Unmarshal([]byte(raw), &value); err != nil {
		return "", nil, fmt.Errorf("--set %s: the value is not YAML: %w; put it in quotes", name, err)
	}
	return name, value, nil
}

// criticalEntries makes the parameter critical of NAME=EXECUTABLE pairs. Pairs
// of one name are refused, as two entries of one name would be.
func criticalEntries(pairs []string) ([]any, error) {
	var errs []error
	entries := make([]any, 0, len(pairs))
	seen := map[string]bool{}
	for _, pair := range pairs {
		name, executable, ok := strings.Cut(pair, "=")
		switch {
		case !ok || name == "" || executable == "":
			errs = append(errs, fmt.Errorf("--critical %q: is not NAME=EXECUTABLE, such as database=postgres", pair))
		case seen[name]:
			errs = append(errs, fmt.Errorf("--critical %q: the name %s is given twice; use another one", pair, name))
		}
		seen[name] = true
		entries = append(entries, map[string]any{"name": name, "conditions": []any{isExecutable(executable)}})
	}
	return entries, errors.Join(errs...)
}

// isExecutable is the OTTL condition on a process's name.
func isExecutable(name string) string {
	return `resource.attributes["process.executable.name"] == "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}
