package validation

import (
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// reach looks for fields that no agent lets a remote configuration set. In an
// owner's own file they are ordinary.
func (l *look) reach() {
	for _, kind := range []string{receivers, processors, exporters, connectors} {
		for id, settings := range pairs(valueOf(l.root, kind)) {
			l.reachOf(settings, join(kind, id.Value))
		}
	}
}

func (l *look) reachOf(node *yaml.Node, path string) {
	for _, item := range node.Content {
		if node.Kind == yaml.SequenceNode {
			l.reachOf(item, path+"[]")
		}
	}
	for key, value := range pairs(node) {
		if agentfile.ReachesOut(key.Value) && !isNull(value) {
			l.find(CodeReach, Warning, key, join(path, key.Value), "reads or writes files, or reaches out: an agent refuses it from afar", "leave it out, or keep it in the owner's files")
			continue
		}
		l.reachOf(value, join(path, key.Value))
	}
}
