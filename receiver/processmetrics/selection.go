package processmetrics

import (
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/phoenix-platform/phoenix/internal/problems"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

// Selection keeps some of the processes where they are read, so that the others
// cost neither a copy nor a place in a pipeline. Without topk every process is
// written.
type Selection struct {
	// Topk is the configuration of the topk processor, and means the same.
	Topk configoptional.Optional[topk.Config] `mapstructure:"topk"`
	// Meter is the configuration of the seriesmeter of role input, which sees
	// what no pipeline does: every process before topk. Without it nothing is
	// recorded of them.
	Meter configoptional.Optional[seriesmeter.Config] `mapstructure:"meter"`
}

func newSelection() Selection {
	meter := *seriesmeter.NewFactory().CreateDefaultConfig().(*seriesmeter.Config)
	meter.Role = scraperecord.RoleInput
	return Selection{
		Topk:  configoptional.Default(*topk.NewFactory().CreateDefaultConfig().(*topk.Config)),
		Meter: configoptional.Default(meter),
	}
}

// Validate reports a meter that has nothing to compare, or the wrong role.
func (s Selection) Validate() error {
	var p problems.List
	p.Check(!s.Meter.HasValue() || s.Topk.HasValue(),
		"meter: has no selection to measure; add topk, or use a seriesmeter of role input in the pipeline")
	p.Check(!s.Meter.HasValue() || s.Meter.Get().Role != scraperecord.RoleOutput,
		"meter::role: is input here; drop the key, and use a seriesmeter of role output in the pipeline")
	return p.Err()
}
