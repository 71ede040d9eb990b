package phoenixopamp

import (
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/status"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
)

// judge tells the life of remote configurations how the collector is. It is
// waited for: of what cannot start the collector ends at once, and the next one
// must know why. A collector that ends in order says nothing about what runs.
func (e *Extension) judge(event *componentstatus.Event) {
	if e.remote == nil || event.Status() == componentstatus.StatusStopping || event.Status() == componentstatus.StatusStopped {
		return
	}
	whole, _ := e.health.aggregator.AggregateStatus(status.ScopeAll, status.Verbose)
	e.remote.Health(verdict(whole))
}

// gravity orders what a component may report, gravest first.
var gravity = []componentstatus.Status{
	componentstatus.StatusFatalError, componentstatus.StatusPermanentError, componentstatus.StatusRecoverableError,
	componentstatus.StatusStopped, componentstatus.StatusStopping, componentstatus.StatusStarting, componentstatus.StatusNone,
}

// verdict is OK if every component is, and else about the one that is worst.
func verdict(whole *status.AggregateStatus) hostagent.Health {
	v, worst := hostagent.Health{OK: true}, len(gravity)
	for path, s := range leaves(whole, "") {
		rank := slices.Index(gravity, s.Status())
		if rank < 0 || rank > worst || rank == worst && path > v.Component {
			continue
		}
		worst = rank
		v = hostagent.Health{Fatal: rank == 0, Permanent: rank < 2, Component: path, Detail: detailOf(s)}
	}
	return v
}

func detailOf(s *status.AggregateStatus) string {
	if err := s.Err(); err != nil {
		return shown(err.Error())
	}
	return "reports " + s.Status().String()
}

// leaves are the components below a part, by their paths:
// pipelines/metrics/phoenix/exporters/otlphttp/destination, extensions/zpages.
func leaves(s *status.AggregateStatus, path string) map[string]*status.AggregateStatus {
	all := map[string]*status.AggregateStatus{}
	for name, part := range s.ComponentStatusMap {
		below := strings.TrimPrefix(path+"/"+pathOf(name), "/")
		if len(part.ComponentStatusMap) == 0 {
			all[below] = part
		} else {
			maps.Copy(all, leaves(part, below))
		}
	}
	return all
}

// pathOf is the path of a name such as pipeline:metrics or extension:zpages.
// Below extensions, their kind is said already.
func pathOf(name string) string {
	kind, id, found := strings.Cut(name, ":")
	switch {
	case !found:
		return name
	case kind == "extension":
		return id
	default:
		return kind + "s/" + id
	}
}
