package phoenixopamp

import (
	"strings"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/status"

	"github.com/phoenix-platform/phoenix/internal/redact"
)

// longestError is how much of a component's error is told, in bytes.
const longestError = 1024

// health is that of the collector, its pipelines and their components. It is
// safe for concurrent use.
type health struct {
	aggregator *status.Aggregator
	changed    chan struct{} // has an element if something changed since it was last read
}

func newHealth() health {
	return health{aggregator: status.NewAggregator(status.PriorityPermanent), changed: make(chan struct{}, 1)}
}

func (h *health) record(source *componentstatus.InstanceID, event *componentstatus.Event) {
	h.aggregator.RecordStatus(source, event)
	select {
	case h.changed <- struct{}{}:
	default: // it is known already
	}
}

// tree returns the health of all: below the collector its pipelines, such as
// pipeline:metrics, and extensions, below them their components, such as
// processor:topk.
func (h *health) tree(started time.Time) *protobufs.ComponentHealth {
	whole, _ := h.aggregator.AggregateStatus(status.ScopeAll, status.Verbose)
	return branch(whole, started)
}

func branch(s *status.AggregateStatus, started time.Time) *protobufs.ComponentHealth {
	b := &protobufs.ComponentHealth{
		Healthy:            s.Status() == componentstatus.StatusOK,
		StartTimeUnixNano:  nanoseconds(started),
		Status:             s.Status().String(),
		StatusTimeUnixNano: nanoseconds(s.Timestamp()),
	}
	if err := s.Err(); err != nil {
		b.LastError = shown(err.Error())
	}
	if len(s.ComponentStatusMap) > 0 {
		b.ComponentHealthMap = map[string]*protobufs.ComponentHealth{}
	}
	for name, part := range s.ComponentStatusMap {
		b.ComponentHealthMap[name] = branch(part, started)
	}
	return b
}

func nanoseconds(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }

// shown returns an error's text as it may be shown. The client drops a message
// that has anything but text in it, with all that it reports.
func shown(text string) string {
	text = redact.Text(text)
	if len(text) > longestError {
		text = text[:longestError] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
