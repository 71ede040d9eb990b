package phoenixopamp

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

func answered(s remoteconfig.Status, hash string) remoteconfig.Answer {
	return remoteconfig.Answer{Status: s, Hash: remoteconfig.Sum([]byte(hash)), Nonce: hex.EncodeToString([]byte(hash))}
}

func TestTheLastAnswerIsToldOnConnecting(t *testing.T) {
	s := newServer(t, nil)
	l := &life{last: answered(remoteconfig.Applied, "h0")}
	first := startWith(t, configure(t, transports(s)["WebSocket"]), l)
	s.await("the last answer", func() bool { return string(s.told.RemoteConfigStatus.GetLastRemoteConfigHash()) == "h0" })

	require.NoError(t, first.Shutdown(t.Context()))
	l.set(func() { l.last = answered(remoteconfig.Applied, "h1") }) // while nobody was attached
	startWith(t, first.cfg, l)
	s.await("what was answered meanwhile", func() bool { return string(s.told.RemoteConfigStatus.LastRemoteConfigHash) == "h1" })
	s.set(func() { require.Equal(t, 1, s.connections) })
}

func TestAFullQueueOfAnswersDropsTheOldest(t *testing.T) {
	q := newAnswers()
	for i := range mostAnswers + 1 {
		q.put(remoteconfig.Answer{Generation: uint64(i)})
	}
	require.EqualValues(t, 1, (<-q.waiting).Generation)
	require.Len(t, q.waiting, mostAnswers-1)
}
