package processtest

import (
	"fmt"

	"github.com/phoenix-platform/phoenix/internal/critical"
)

// criticalAttribute is true on the processes that [Critical] protects.
const criticalAttribute = "process.test_critical"

// Critical is a list of one entry, c, which protects every process of a story
// or a simulation that is to be critical.
func Critical() critical.List {
	return critical.List{{
		Name:       "c",
		Conditions: []string{fmt.Sprintf("resource.attributes[%q] == true", criticalAttribute)},
	}}
}

// Named is an entry that protects this many processes of a name.
func Named(name string, most int) critical.Entry {
	return critical.Entry{
		Name: name, MaxProcesses: most,
		Conditions: []string{fmt.Sprintf(`resource.attributes["process.executable.name"] == %q`, name)},
	}
}
