package phoenixopamp

import (
	"fmt"
	"sync"

	"github.com/open-telemetry/opamp-go/protobufs"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/redact"
)

// effective is the configuration that runs, as it may be shown: as it was
// written, since ${env:…} replaced by its value could show a secret, and
// without what secrets it has. It is safe for concurrent use.
type effective struct {
	mu   sync.Mutex
	text []byte // YAML; nil until it is known
}

func (c *effective) set(snapshot extensioncapabilities.ConfigSnapshot) error {
	conf := snapshot.Unexpanded()
	if conf == nil {
		return nil // who embeds the collector may not say
	}
	text, err := yaml.Marshal(redact.Configuration(conf.ToStringMap()))
	if err != nil {
		return fmt.Errorf("write the configuration to report it: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text = text
	return nil
}

// configuration is what runs, as it may be shown: what the remote configurations
// made of it, also while the components ran, or else what the collector read.
func (e *Extension) configuration() []byte {
	if e.remote != nil {
		if text := e.remote.Effective(); len(text) > 0 {
			return text
		}
	}
	return e.effective.yaml()
}

func (c *effective) yaml() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text
}

// configurationMessage is a configuration as OpAMP has it, or nil if it is not
// known.
func configurationMessage(text []byte) *protobufs.EffectiveConfig {
	if text == nil {
		return nil
	}
	return &protobufs.EffectiveConfig{ConfigMap: &protobufs.AgentConfigMap{
		ConfigMap: map[string]*protobufs.AgentConfigObject{"": {Body: text, ContentType: "text/yaml"}},
	}}
}
