package cli

import (
	"context"
	"encoding/json"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/opampserver"
)

// explainer asks agents in the words of the API.
type explainer struct{ agents *opampserver.Server }

// Explain returns an agent's own words.
func (e explainer) Explain(ctx context.Context, agent string, q httpapi.Question) (json.RawMessage, error) {
	return e.agents.Explain(ctx, agent, opampserver.Question(q))
}
