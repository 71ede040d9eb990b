package remoteconfig

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// crash ends the process and starts the next one.
func (p *play) crash() *play { return p.do(p.Start(boot, everythingRuns, noon)) }

func TestWhatNeverComesUpGivesWayToTheNextBest(t *testing.T) {
	p := stable()
	var ran []string
	for range 10 {
		p.crash()
		ran = append(ran, string(p.Runs.Source))
	}
	require.Equal(t, []string{
		"last_good", "last_good", "previous", "previous", "previous",
		"bootstrap", "bootstrap", "bootstrap", "safe_mode", "safe_mode",
	}, ran)
	require.Equal(t, lastGood, p.LastGood, "it stays what it was: another binary may run it")
}

func TestWhatComesUpStays(t *testing.T) {
	p := stable().crash().crash()
	p.do(p.Up(noon))
	require.Zero(t, p.Starts, "ends count only in a row")
	p.crash().crash().crash()
	require.Equal(t, Previous, p.Runs.Source)
	p.do(p.Up(noon))
	require.Equal(t, Previous, p.crash().Runs.Source, "the better one would only fail again")
	p.do(p.Start(Boot{ID: boot.ID, Under: Under{Binary: "newer"}}, everythingRuns, noon))
	require.Equal(t, LastGood, p.Runs.Source, "another binary begins with the best")
}

func TestOneRestartOfTheHostIsForgivenOnProbation(t *testing.T) {
	p := probation()
	p.do(p.Start(Boot{ID: "second", Under: under}, everythingRuns, noon))
	require.Equal(t, Probation, p.Phase)
	p.do(p.Start(Boot{ID: "third", Under: under}, everythingRuns, noon))
	require.Equal(t, Run{LastGood, lastGood}, p.Runs)
	b, ok := p.Block(confirmed)
	require.True(t, ok)
	require.Equal(t, "crashed: the host restarted while it was on probation", b.Cause.Error())
}

func TestTheServerHearsWhatNoLongerRuns(t *testing.T) {
	p := begin().settle(lastGood)
	p.do(p.Stop(noon))
	p.do(p.Start(boot, only(Bootstrap), noon))
	require.Equal(t, Failed, p.Last.Status)
	require.Equal(t, Cause{Code: Invalid, Detail: "it does not run"}, p.Last.Cause)
	require.Equal(t, []Answer{p.Last}, p.step.Answers)
	require.Equal(t, []Passed{{Run{LastGood, lastGood}, errors.New("it does not run")}}, p.step.Passed)
	p.do(p.Stop(noon))
	p.do(p.Start(boot, everythingRuns, noon))
	require.Equal(t, Applied, p.Last.Status)
	require.Equal(t, lastGood, p.Last.Hash)
	require.Equal(t, Crashed, p.crash().crash().crash().Last.Cause.Code)
}

func TestAnOfferIsLostWithItsProcess(t *testing.T) {
	p := stable().offer(offered).crash()
	require.Equal(t, Stopped, p.Last.Cause.Code)
	_, isBlocked := p.Block(offered)
	require.False(t, isBlocked, "nobody knows whose fault it was")
	require.True(t, p.offer(offered).step.Check)
}
