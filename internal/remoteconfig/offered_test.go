package remoteconfig

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheNewestOfferTakesThePlaceOfWhatIsNotStored(t *testing.T) {
	p := stable().offer(offered).offer(candidate)
	require.Len(t, p.step.Answers, 2)
	require.Equal(t, offered, p.step.Answers[0].Hash)
	require.Equal(t, Superseded, p.step.Answers[0].Cause.Code)
	require.Equal(t, Applying, p.step.Answers[1].Status)
	p.do(p.Store(offered, noon))
	require.Equal(t, Stable, p.Phase, "what is no longer wanted is not armed")
}

func TestARepeatedOfferIsAnsweredWithItsOwnNonce(t *testing.T) {
	p := onTrial()
	p.do(p.Offer(Offer{Generation: p.Generation, Nonce: "second", Hash: candidate}, noon))
	require.False(t, p.step.Check, "it is tried once")
	p.do(p.State.Confirm(candidate, noon))
	require.Equal(t, "second", p.Last.Nonce)
	require.Equal(t, Applied, p.Last.Status)
}

func TestAnOfferToGoBackIsAppliedWhenTheServiceIsUp(t *testing.T) {
	p := onTrial().offer(lastGood)
	require.Equal(t, Applying, p.Last.Status, "the candidate still runs")
	p.do(p.Up(noon))
	require.Equal(t, Applied, p.Last.Status)
	p.offer(lastGood)
	require.Equal(t, []Answer{p.Last}, p.step.Answers)
	_, isBlocked := p.Block(candidate)
	require.False(t, isBlocked)

	p = probation().try(candidate).offer(confirmed)
	p.do(p.Up(noon))
	require.Equal(t, Applied, p.Last.Status)
	require.Equal(t, Probation, p.Phase)
}

func TestOnlyCountedOffersAreStale(t *testing.T) {
	p := stable()
	p.do(p.Offer(Offer{Hash: offered}, noon))
	require.True(t, p.step.Check, "a server that does not count")
	before := p.State
	p.do(p.Offer(Offer{Generation: 1, Nonce: "n", Hash: candidate}, noon))
	require.Equal(t, before, p.State)
	require.Equal(t, "stale: generation 1 was offered after 3; offer it again with a higher one", p.step.Answers[0].Cause.Error())
}

func TestABlockIsOfOneBinaryAndAgentFile(t *testing.T) {
	p := stable()
	p.do(p.Stop(noon))
	p.do(p.Start(Boot{ID: boot.ID, Under: Under{Binary: "newer", AgentFile: under.AgentFile}}, everythingRuns, noon))
	require.True(t, p.offer(blocked).step.Check)
	p.do(p.Fail(blocked, itself, noon))
	require.Len(t, p.Blocked, 2)
	p.do(p.Release(blocked, noon))
	require.Empty(t, p.Blocked)
}

func TestWhatSettledIsNotBlocked(t *testing.T) {
	p := probation().try(lastGood)
	p.do(p.Fail(lastGood, itself, noon))
	require.Len(t, p.Blocked, 1, "only B: the last good one has proved itself")
	require.Equal(t, Run{Confirmed, confirmed}, p.Runs)
	p = stable().try(previous)
	p.do(p.Fail(previous, itself, noon))
	require.Empty(t, p.Previous, "nothing goes back to what is blocked")
}

func TestWhatSettlesIsReleasedEverywhere(t *testing.T) {
	p := stable()
	p.do(p.Stop(noon))
	newer := Boot{ID: boot.ID, Under: Under{Binary: "newer"}}
	p.do(p.Start(newer, everythingRuns, noon))
	p.settle(blocked)
	p.do(p.Stop(noon))
	p.do(p.Start(boot, everythingRuns, noon))
	require.Equal(t, blocked, p.LastGood)
	_, isBlocked := p.Block(blocked)
	require.False(t, isBlocked)
}

// A state is bounded however many configurations fail, and with whatever texts.
func TestTheFullestStateFitsASlot(t *testing.T) {
	wide := strings.Repeat(`"\`+"\x00\xff<\u2028", 1000)
	p := begin().settle(previous).settle(lastGood).prove(confirmed)
	for i := range 200 {
		h := Sum([]byte{byte(i)})
		p.do(p.Offer(Offer{Generation: 1 << 63, Nonce: wide, Reason: wide, Hash: h}, noon))
		p.do(p.Fail(h, Cause{Code: FailedToStart, Component: wide, Detail: wide}, noon))
	}
	require.Len(t, p.Blocked, maxBlocked)
	require.Equal(t, Sum([]byte{199}), p.Blocked[maxBlocked-1].Hash, "the newest stays")
	ended := 0
	for _, a := range p.Attempts {
		if !a.Ended.IsZero() {
			ended++
		}
	}
	require.Equal(t, maxEnded, ended)
	p.Under, p.BootID = Under{Binary: string(lastGood), AgentFile: string(lastGood)}, bounded(wide, 64)
	b, err := encodeSlot(p.State)
	require.NoError(t, err)
	read, err := decodeSlot(b)
	require.NoError(t, err)
	require.Equal(t, p.State, read)
}
