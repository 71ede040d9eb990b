package ownership_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// What the agent would have to replace is the owner's to change.
func TestWhatCannotBeAddedToIsNamedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		owner string
		want  []string
	}{
		"expressions in place of sections": {
			"receivers: ${file:/r.yaml}\nservice: {pipelines: \"${env:P}\", extensions: \"${env:E}\", telemetry: {metrics: {readers: \"${env:R}\"}}}",
			[]string{
				"config_files: receivers: is not a map; write it out, for the agent adds to it",
				"config_files: service::pipelines: is not a map; write it out, for the agent adds to it",
				"config_files: service::extensions: is not a list; write it out, for the agent adds to it",
				"config_files: service::telemetry::metrics::readers: is not a list; write it out, for the agent adds to it",
			},
		},
		"a service that is one": {"service: ${file:/s.yaml}", []string{"config_files: service: is not a map; write it out, for the agent adds to it"}},
		"names of guards": {
			"extensions: {phoenix_opamp: }\nprocessors: {seriesmeter/phoenix_guard_input: }",
			[]string{
				"config_files: processors::seriesmeter/phoenix_guard_input: is the agent's own; remove it, its settings are in the agent file",
				"config_files: extensions::phoenix_opamp: is the agent's own; remove it, its settings are in the agent file",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			owner, err := ownership.Owner([]byte(c.owner))
			require.NoError(t, err)
			_, err = ownership.Compose(ownership.Parts{Owner: owner, Agent: agent(t, ""), Guards: guards, Lookup: lookup})
			require.EqualError(t, err, strings.Join(c.want, "\n"))
		})
	}
}
