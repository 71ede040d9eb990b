package phoenixopamp

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// offerEntry is what a server that counts its offers adds to the configuration:
// JSON with what OpAMP has no fields for. It may be left out.
const offerEntry = "phoenix.offer"

// longestReason is how many bytes of an offer's reason are taken.
const longestReason = 200

// offered hands an offer of a configuration over. What is no offer is answered
// here, and changes nothing.
func (c *connection) offered(config *protobufs.AgentRemoteConfig) {
	c.agent.state.count(func(n *standing) { n.Offered++ })
	offer, err := offerOf(config)
	if err != nil {
		c.refused("remote_configuration")
		c.answers.put(remoteconfig.Answer{
			Status: remoteconfig.Failed, Nonce: hex.EncodeToString(config.ConfigHash),
			Cause: remoteconfig.Cause{Code: remoteconfig.Refused, Detail: err.Error()},
		})
		return
	}
	c.remote.Offer(offer)
}

// offerOf reads an offer: one file of any name, or none, which asks for what
// runs without a remote configuration.
func offerOf(config *protobufs.AgentRemoteConfig) (hostagent.Offer, error) {
	files := maps.Clone(config.GetConfig().GetConfigMap())
	offer := hostagent.Offer{Token: config.ConfigHash}
	if about, ok := files[offerEntry]; ok {
		if err := describeOffer(&offer, about.GetBody()); err != nil {
			return offer, err
		}
		delete(files, offerEntry)
	}
	if len(files) > 1 {
		return offer, fmt.Errorf("the offer has %d files; offer one, with all that is to run", len(files))
	}
	for _, file := range files {
		offer.Content = file.GetBody()
	}
	return offer, nil
}

func describeOffer(offer *hostagent.Offer, about []byte) error {
	var says struct {
		Generation uint64 `json:"generation"`
		Reason     string `json:"reason"`
		Rollback   bool   `json:"rollback"`
	}
	if err := json.Unmarshal(about, &says); err != nil {
		return fmt.Errorf("%s is not as it should be: %w; offer JSON such as {\"generation\": 7, \"reason\": \"…\"}", offerEntry, err)
	}
	if len(says.Reason) > longestReason {
		says.Reason = strings.ToValidUTF8(says.Reason[:longestReason], "") + "…"
	}
	offer.Generation, offer.Reason, offer.Rollback = says.Generation, says.Reason, says.Rollback
	return nil
}

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
