package phoenixopamp

import (
	"testing"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

func offerOne(hash, config string) *protobufs.ServerToAgent {
	return &protobufs.ServerToAgent{RemoteConfig: &protobufs.AgentRemoteConfig{ConfigHash: []byte(hash), Config: &protobufs.AgentConfigMap{
		ConfigMap: map[string]*protobufs.AgentConfigObject{"collector.yaml": {Body: []byte(config)}},
	}}}
}

func TestAnOfferIsHandedOverAndEveryAnswerTold(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s, l := newServer(t, nil), &life{}
			cfg := configure(t, transports(s)[transport])
			cfg.HeartbeatInterval = 20 * time.Millisecond
			e := startWith(t, cfg, l)
			s.await("a report", func() bool { return s.told.Health.GetHealthy() })
			s.set(func() { require.Equal(t, uint64(capabilities|remoteCapabilities), s.told.Capabilities) })
			s.send(offerOne("h1", "receivers: {}\n"))
			await(t, "the offer", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return len(l.offers) == 1 })
			require.Equal(t, hostagent.Offer{Content: []byte("receivers: {}\n"), Token: []byte("h1")}, l.offers[0])

			failed := answered(remoteconfig.Failed, "h1")
			failed.Cause = remoteconfig.Cause{Code: remoteconfig.Unhealthy, Component: "pipelines/metrics/phoenix/exporters/otlphttp/phoenix", Detail: "sent nothing to https://me:pass@example.com"}
			l.answer(answered(remoteconfig.Applying, "h1"), answered(remoteconfig.Applied, "h1"), failed)
			s.await("all answers", func() bool { return len(s.statuses) >= 3 })
			s.set(func() {
				last := s.statuses[len(s.statuses)-1]
				require.Equal(t, "h1", string(last.LastRemoteConfigHash))
				require.Equal(t, "unhealthy at pipelines/metrics/phoenix/exporters/otlphttp/phoenix: sent nothing to https://[REDACTED]@example.com", last.ErrorMessage)
				var told []string
				for _, st := range s.statuses[len(s.statuses)-3:] {
					told = append(told, st.Status.String())
				}
				require.Equal(t, []string{"RemoteConfigStatuses_APPLYING", "RemoteConfigStatuses_APPLIED", "RemoteConfigStatuses_FAILED"}, told)
			})
			now := e.agent.state.standing()
			require.EqualValues(t, 1, now.Offered)
			require.Equal(t, map[string]int64{"applying": 1, "applied": 1, "failed": 1}, now.Answered)
		})
	}
}

func TestWhatAnOfferSays(t *testing.T) {
	file := func(body string) *protobufs.AgentConfigObject {
		return &protobufs.AgentConfigObject{Body: []byte(body)}
	}
	type files map[string]*protobufs.AgentConfigObject
	for name, c := range map[string]struct {
		files files
		want  hostagent.Offer
		err   string
	}{
		"one file without a name": {files{"": file("a: b")}, hostagent.Offer{Content: []byte("a: b")}, ""},
		"no files":                {nil, hostagent.Offer{}, ""},
		"an empty file":           {files{"x": {}}, hostagent.Offer{}, ""},
		"one that is counted": {
			files{"x": file("a: b"), "phoenix.offer": file(`{"generation":7,"reason":"less","rollback":true,"later":1}`)},
			hostagent.Offer{Content: []byte("a: b"), Generation: 7, Reason: "less", Rollback: true},
			"",
		},
		"the way back to none": {files{"phoenix.offer": file(`{"generation":8}`)}, hostagent.Offer{Generation: 8}, ""},
		"two files":            {files{"x": file("a: b"), "y": file("c: d")}, hostagent.Offer{}, "the offer has 2 files; offer one, with all that is to run"},
		"no JSON":              {files{"x": file("a: b"), "phoenix.offer": file("7")}, hostagent.Offer{}, "phoenix.offer is not as it should be"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := offerOf(&protobufs.AgentRemoteConfig{Config: &protobufs.AgentConfigMap{ConfigMap: c.files}})
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	got, err := offerOf(&protobufs.AgentRemoteConfig{})
	require.NoError(t, err)
	require.Equal(t, hostagent.Offer{}, got)
}

func TestWhatIsNoOfferFailsAndChangesNothing(t *testing.T) {
	s, l := newServer(t, nil), &life{}
	e := startWith(t, configure(t, transports(s)["WebSocket"]), l)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	m := offerOne("h2", "a: b")
	m.RemoteConfig.Config.ConfigMap["second"] = &protobufs.AgentConfigObject{}
	s.send(m)
	s.await("the answer", func() bool { return s.told.RemoteConfigStatus.GetErrorMessage() != "" })
	s.set(func() {
		require.Equal(t, "h2", string(s.told.RemoteConfigStatus.LastRemoteConfigHash))
		require.Equal(t, "refused: the offer has 2 files; offer one, with all that is to run", s.told.RemoteConfigStatus.ErrorMessage)
	})
	require.Empty(t, l.offers)
	require.Equal(t, map[string]int64{"remote_configuration": 1}, e.agent.state.standing().Refused)
}
