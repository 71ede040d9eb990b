package simulation

import (
	"maps"
	"sync"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
)

// transitions remembers why processes ceased to be kept, by what the processors
// log.
type transitions struct {
	mu    sync.Mutex
	rules map[int64]string // by PID: the last rule
}

func (t *transitions) add(r childcollector.Record) {
	if r.Message != "process transition" {
		return
	}
	pid, _ := r.Fields["pid"].(float64)
	rule, _ := r.Fields["rule"].(string)
	if kept, _ := r.Fields["kept"].(bool); kept {
		rule = ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rules == nil {
		t.rules = map[int64]string{}
	}
	t.rules[int64(pid)] = rule
}

func (t *transitions) left() map[int64]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.rules)
}

// reasons say why a process has no series of its own.
type reasons struct {
	way   []string         // types of the processors that it met
	rules map[int64]string // what they said of single ones
}

// never is why a processor never keeps a process of which it says nothing.
var never = map[string]string{
	"topk": "below_rank", "adaptivefilter": "threshold", "processgroup": "grouped", "filter": "filtered",
}

func (r reasons) of(pid int64) string {
	if rule := r.rules[pid]; rule != "" {
		return rule
	}
	for _, processor := range r.way {
		if reason := never[processor]; reason != "" {
			return reason
		}
	}
	return "not_sent"
}
