package profile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Duration is a time as Go writes it, such as 1m30s.
type Duration time.Duration

// UnmarshalYAML reads one.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	value, err := time.ParseDuration(node.Value)
	if err != nil || node.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: %q is no duration; write one with its unit, such as 200ms, 5s or 1h30m", node.Line, node.Value)
	}
	*d = Duration(value)
	return nil
}

func (d Duration) String() string { return time.Duration(d).String() }

// cores is a number of them.
type cores float64

// UnmarshalYAML reads one.
func (c *cores) UnmarshalYAML(node *yaml.Node) error {
	value, err := strconv.ParseFloat(node.Value, 64)
	if err != nil || node.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: %q is no number of cores; write one from 0 to 1, such as 0.25, or give shape, low and high", node.Line, node.Value)
	}
	*c = cores(value)
	return nil
}

// Bytes is a size, such as 65536 or 64KiB.
type Bytes int64

// UnmarshalYAML reads one.
func (b *Bytes) UnmarshalYAML(node *yaml.Node) error {
	value, err := parseBytes(node.Value)
	if err != nil || node.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: %q is no size; write bytes, or a number with KiB, MiB or GiB", node.Line, node.Value)
	}
	*b = value
	return nil
}

func parseBytes(text string) (Bytes, error) {
	factor := 1.0
	for unit, f := range map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			text, factor = strings.TrimSpace(number), f
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(value) || math.Abs(value*factor) > 1<<50) {
		err = strconv.ErrRange
	}
	return Bytes(value * factor), err
}
