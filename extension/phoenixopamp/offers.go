package phoenixopamp

import (
	"encoding/json"
	"strings"

	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"
)

// offersCapability is that of telling the server which of its offers were
// refused, and why.
const offersCapability = "io.phoenix.offers"

// refusals are the offers that the client ignores and tells only its logger
// about, by the word that follows there.
var refusals = map[string]string{
	"Command":           "command",
	"RemoteConfig":      "remote_configuration",
	"PackagesAvailable": "packages",
}

// refusal is what the server is told.
type refusal struct {
	Offer string `json:"offer"`
	Error string `json:"error"`
}

// ignored takes what the client says that it ignores.
func (c *connection) ignored(what string) {
	word, _, _ := strings.Cut(what, ",")
	offer := refusals[word]
	if offer == "" {
		return
	}
	c.refused(offer)
	data, err := json.Marshal(refusal{offer, "this agent does not take it; its capabilities say so"})
	if err == nil {
		c.send(&protobufs.CustomMessage{Capability: offersCapability, Type: "refused", Data: data})
	}
}

func (c *connection) refused(offer string) {
	c.agent.state.refused(offer)
	c.seldom().Warn("an offer of the OpAMP server is refused; the own metric of refused offers counts every one", zap.String("offer", offer))
}
