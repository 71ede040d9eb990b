package ownership

import "slices"

// Reveal returns a copy of an effective configuration, as of [Compose], in which
// what the remote configuration added drops nothing: everything that has a mode
// observes. [Live] leads there and back.
func Reveal(config map[string]any) map[string]any {
	revealed := clone(config).(map[string]any)
	for id, settings := range section(revealed, processors) {
		observe(id, settings)
	}
	for id, settings := range section(revealed, receivers) {
		for key, inner := range section(asMap(settings), "selection") {
			if isRemote(id) {
				observe(inSelection[key]+"/"+nameOf(id), inner)
			}
		}
	}
	return revealed
}

// observe sets the mode of a component that has one.
func observe(id string, settings any) {
	if m, ok := settings.(map[string]any); ok && isRemote(id) && slices.Contains(liveKeys[typeOf(id)], "mode") {
		m["mode"] = "observe"
	}
}

func asMap(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}
