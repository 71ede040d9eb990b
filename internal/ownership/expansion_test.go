package ownership_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
)

// answering is a provider of the collector that returns what it is told to, and
// notes what it was asked for.
type answering struct {
	scheme string
	answer any
	asked  *[]string
}

func (p answering) Scheme() string                 { return p.scheme }
func (p answering) Shutdown(context.Context) error { return nil }

func (p answering) Retrieve(_ context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	*p.asked = append(*p.asked, uri)
	return confmap.NewRetrieved(p.answer)
}

// resolved is what the collector makes of a configuration, and the expressions
// that it found in it.
func resolved(t testing.TB, config map[string]any) (map[string]any, []string) {
	t.Helper()
	var asked, whole []string
	factory := func(p answering) confmap.ProviderFactory {
		return confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider { return p })
	}
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"phoenix:x"},
		ProviderFactories: []confmap.ProviderFactory{
			factory(answering{"phoenix", config, &whole}), factory(answering{"env", "expanded", &asked}),
			factory(answering{"file", "expanded", &asked}), factory(answering{"yaml", "expanded", &asked}),
		},
		DefaultScheme: "env",
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(t.Context())
	require.NoError(t, err)
	return conf.ToStringMap(), asked
}

// The collector itself finds the owner's expression, and no other.
func TestTheCollectorExpandsOnlyWhatTheOwnerWrote(t *testing.T) {
	for name, remote := range good(t) {
		_, asked := resolved(t, compose(t, remote).Config)
		require.Equal(t, []string{"env:OWN_TOKEN"}, asked, name)
	}
}

func TestSecretsReachTheComponentAsTheyAre(t *testing.T) {
	config, _ := resolved(t, compose(t, good(t)["a_secret_in_its_place.yaml"]).Config)
	require.Equal(t, map[string]any{"api-key": "Bearer pa$$word ${env:HOME}", "x-team": "a$b $c"},
		at(t, config, "exporters", "otlphttp/phoenix-backup", "headers"))
	require.Equal(t, "Bearer expanded", at(t, config, "exporters", "otlphttp/own", "headers", "authorization"))
}
