package phoenixopamp

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

func TestTheAttemptsAreToldOnConnectingAndOnChange(t *testing.T) {
	s := newServer(t, nil)
	l := &life{status: hostagent.Status{Attempts: []remoteconfig.Attempt{{ID: 1}}}}
	startWith(t, configure(t, transports(s)["WebSocket"]), l)
	told := func() (ids []uint64) {
		for _, m := range s.custom {
			if m.Capability == "io.phoenix.agent" && m.Type == "attempts" {
				var all []remoteconfig.Attempt
				require.NoError(t, json.Unmarshal(m.Data, &all))
				ids = append(ids, all[len(all)-1].ID)
			}
		}
		return ids
	}
	s.await("the attempt", func() bool { return slices.Contains(told(), 1) })
	l.set(func() {
		for id := range uint64(mostAttempts) {
			l.status.Attempts = append(l.status.Attempts, remoteconfig.Attempt{ID: id + 2})
		}
	})
	l.service.Reported()
	s.await("the newest", func() bool { return slices.Contains(told(), mostAttempts+1) })
}

func TestDemandsAreMet(t *testing.T) {
	s, l := newServer(t, nil), &life{}
	startWith(t, configure(t, transports(s)["WebSocket"]), l)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	hash := string(remoteconfig.Sum(nil))
	for _, c := range []struct{ kind, demand, done, told string }{
		{"release", `{"id":"1","hash":"` + hash + `"}`, "release " + hash, `{"id":"1"}`},
		{"reveal", `{"id":"2","for":"10m"}`, "reveal 10m0s", `{"id":"2"}`},
		{"reveal", `{"for":"0"}`, "reveal 0s", `{}`},
		{"release", `{"id":"3","hash":"x"}`, "", `{"id":"3","error":"hash: must be 64 hexadecimal digits, as the attempts have it"}`},
		{"reveal", `{"for":"-1s"}`, "", `{"error":"for: \"-1s\" is no time up to 24h0m0s; write it like 10m, or 0 to end it"}`},
		{"reveal", `{"for":"25h"}`, "", `{"error":"for: \"25h\" is no time up to 24h0m0s; write it like 10m, or 0 to end it"}`},
		{"restart", `{}`, "", `{"error":"\"restart\" is nothing that this agent does; it does release and reveal"}`},
		{"release", `{`, "", `{"error":"the demand is not as it should be: unexpected end of JSON input"}`},
	} {
		l.set(func() { l.demands = nil })
		s.set(func() { s.custom = nil })
		s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{Capability: "io.phoenix.agent", Type: c.kind, Data: []byte(c.demand)}})
		s.await("an answer", func() bool { return told(s, "done") != "" })
		require.JSONEq(t, c.told, told(s, "done"))
		if c.done != "" {
			require.Equal(t, []string{c.done}, l.demands)
		} else {
			require.Empty(t, l.demands)
		}
	}
}

func told(s *opampServer, kind string) (data string) {
	for _, m := range s.custom {
		if m.Type == kind {
			data = string(m.Data)
		}
	}
	return data
}

func TestADemandThatFailsSaysWhy(t *testing.T) {
	s, l := newServer(t, nil), &life{refuse: errors.New("it is not blocked")}
	startWith(t, configure(t, transports(s)["plain HTTP"]), l)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{Capability: "io.phoenix.agent", Type: "reveal", Data: []byte(`{"for":"1s"}`)}})
	l.service.Reported() // by plain HTTP the server waits to be asked
	s.await("an answer", func() bool { return told(s, "done") == `{"error":"it is not blocked"}` })
}
