package ownership_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

var remoteName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*/phoenix[0-9A-Za-z_.-]*$`)

// FuzzCheck never panics, and what is accepted can be composed: it leaves the
// owner's parts alone, adds nothing but remote names, uses no reference but the
// bound one, and leaves the collector nothing to expand.
func FuzzCheck(f *testing.F) {
	for _, a := range attacks(f) {
		f.Add(a.remote)
	}
	for _, remote := range good(f) {
		f.Add(remote)
	}
	file, owner := host(f)
	policy := ownership.NewPolicy(file, owner)
	f.Fuzz(func(t *testing.T, remote []byte) {
		if ownership.Check(remote, policy).Err() != nil {
			return
		}
		effective, err := ownership.Compose(ownership.Parts{
			Owner: owner, Remote: remote, Agent: file, Guards: guards,
			Lookup: func(r agentfile.Reference) (string, error) {
				require.Contains(t, secrets, r.String())
				return "$${env:A}${env:B}$", nil
			},
		})
		require.NoError(t, err)
		onlyRemoteIsAdded(t, owner, effective.Config)
		_, asked := resolved(t, effective.Config)
		require.Equal(t, []string{"env:OWN_TOKEN"}, asked)
	})
}

func onlyRemoteIsAdded(t *testing.T, owner, config map[string]any) {
	t.Helper()
	sections := map[string][2]any{"pipelines": {at(t, owner, "service", "pipelines"), at(t, config, "service", "pipelines")}}
	for _, section := range []string{"receivers", "processors", "exporters"} {
		sections[section] = [2]any{owner[section], config[section]}
	}
	for section, pair := range sections {
		was, is := pair[0].(map[string]any), pair[1].(map[string]any)
		for id := range is {
			if settings, own := was[id]; own {
				require.Equal(t, settings, is[id])
				continue
			}
			require.True(t, remoteName.MatchString(id) || section == "exporters" && id == "otlphttp/destination", "%s: %q", section, id)
		}
		require.Subset(t, keys(is), keys(was))
	}
	require.Equal(t, owner["extensions"].(map[string]any)["health_check"], at(t, config, "extensions", "health_check"))
}

func keys(m map[string]any) (all []string) {
	for key := range m {
		all = append(all, key)
	}
	return all
}
