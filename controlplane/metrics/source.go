package metrics

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Source is who sends, as the server knows it. All of it is stamped on each
// series, whatever the sender says of itself.
type Source struct {
	Agent string // its instance UID; must not be empty
	Host  string
	// Deployment is the one that the agent belongs to, Version the one of its
	// versions that the agent runs; empty and 0: none.
	Deployment string
	Version    int64
	// Labels are the agent's; a label tier becomes label_tier.
	Labels map[string]string
}

// Labels of series that are the server's word.
const (
	LabelAgent      = "agent"
	LabelHost       = "host"
	LabelDeployment = "deployment"
	LabelVersion    = "deployment_version"
)

// promoted are the attributes of resources that become labels as well: the
// meter says which pipeline of which host it measured.
var promoted = []string{"phoenix.variant", roleKey, "host.id"}

// stamp leaves of each resource what is promoted, and writes the source in.
func stamp(md pmetric.Metrics, from Source) {
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes()
		marked := pcommon.NewMap()
		for _, key := range promoted {
			if v, ok := attrs.Get(key); ok {
				marked.PutStr(key, v.AsString())
			}
		}
		from.mark(marked)
		marked.MoveTo(attrs)
	}
}

func (s Source) mark(attrs pcommon.Map) {
	for name, v := range s.Labels {
		attrs.PutStr("label."+name, v)
	}
	attrs.PutStr(LabelAgent, s.Agent)
	attrs.PutStr(LabelHost, s.Host)
	attrs.PutStr(LabelDeployment, s.Deployment)
	if s.Version != 0 {
		attrs.PutStr(LabelVersion, strconv.FormatInt(s.Version, 10))
	}
}
