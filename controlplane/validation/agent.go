package validation

import (
	"fmt"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// AnyAgent is an agent file as every host has one: it allows the templates of
// the catalog, and has the destination that they send to.
func AnyAgent() *agentfile.File {
	file, err := agentfile.Parse([]byte(`
server: {endpoint: "ws://127.0.0.1:4320/v1/opamp"}
destinations: {destination: {endpoint: "http://127.0.0.1:4318"}}
`))
	if err != nil { // it is part of the program
		panic(err)
	}
	return file
}

// agent looks for what the agent would refuse. What was found before at the
// same place is not said again.
func (l *look) agent(source []byte) {
	for _, f := range ownership.Check(source, ownership.NewPolicy(l.options.Agent, l.options.Owner)) {
		if !l.told[place{f.Line, f.Column}] {
			l.add(Finding{Code(f.Code), Error, f.Line, f.Column, f.Path, f.Problem, f.Remedy})
		}
	}
}

// composed is what the collector of the agent would run.
func (l *look) composed(source []byte) (map[string]any, error) {
	effective, err := ownership.Compose(ownership.Parts{Owner: l.options.Owner, Remote: source, Agent: l.options.Agent, KeepReferences: true})
	if err != nil {
		return nil, fmt.Errorf("put it together with what the agent has: %w", err)
	}
	return effective.Config, nil
}
