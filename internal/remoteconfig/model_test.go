package remoteconfig

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever a server offers, however configurations behave, and wherever in it a
// process ends, what the package promises holds.
func TestPromises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{t: rt, dir: t.TempDir(), boots: 1}
		m.open()
		defer func() { _ = m.life.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"":        m.check,
			"offer":   m.offer,
			"verdict": m.verdict,
			"store":   m.store,
			"reload":  m.reload,
			"outcome": m.outcome,
			"settle":  m.settle,
			"life":    m.whole,
			"up":      func(*rapid.T) { m.act("up", m.life.Up) },
			"release": func(*rapid.T) { m.act("release", func() (Step, error) { return m.life.Release(m.pick("released")) }) },
			"end":     m.end,
			"full":    func(*rapid.T) { m.full = !m.full },
			"damage":  m.damage,
		})
	})
}

// model is a life and what was promised of it so far.
type model struct {
	t    *rapid.T
	dir  string
	life *Life
	// boots numbers the boots of the host.
	boots int
	// left is how many steps on the disk the process still makes; below zero
	// it makes all.
	left int
	// half says that the last of them is made half way.
	half bool
	// full says that the disk takes no new bytes.
	full bool

	generation uint64
	lastGood   Hash
	begun      []uint64
}

// contents are what a server may offer.
var contents = [][]byte{[]byte("1"), []byte("2"), []byte("3"), []byte("4")}

func (m *model) pick(label string) Hash {
	return Sum(rapid.SampledFrom(contents).Draw(m.t, label))
}

var causes = []Cause{itself, away, {Code: Invalid}, {Code: Timeout}, {Code: FailedToStart}}

// before ends the process, or finds the disk full.
func (m *model) before(step string, n int) (int, error) {
	if m.left == 0 {
		return 0, errKilled
	}
	m.left--
	if m.left == 0 && m.half {
		return n / 2, errKilled
	}
	grows := n > 0 && !strings.HasPrefix(step, "write slot-")
	if m.full && grows {
		return 0, syscall.ENOSPC
	}
	return n, nil
}

// open begins a process. The disk has room for its slots the first time.
func (m *model) open() {
	m.left = -1
	full := m.full
	m.full = false
	life, err := open(m.dir, Boot{ID: fmt.Sprint(m.boots), Under: under}, fixedTime, disk{before: m.before})
	require.NoError(m.t, err)
	m.life, m.full = life, full
	tried := life.State()
	step, err := life.Start(m.runs)
	require.NoError(m.t, err)
	m.promise(step)
	if tried.Phase == Trial {
		require.False(m.t, step.Run.Source == Candidate, "an unfinished trial is not tried again")
	}
	require.NotEmpty(m.t, step.Run.Source, "something always runs")
}

// runs lets what can be read run, mostly.
func (m *model) runs(r Run) error {
	if r.Hash != "" {
		if _, err := m.life.configs.read(r.Hash); err != nil {
			return err
		}
	}
	if rapid.IntRange(0, 9).Draw(m.t, "does not run") == 0 {
		return errors.New("it does not run")
	}
	return nil
}

// act lets a process do something, and sometimes end in the middle of it.
func (m *model) act(what string, do func() (Step, error)) {
	kills := rapid.IntRange(0, 4).Draw(m.t, "killed during "+what) == 0
	if kills {
		m.left, m.half = rapid.IntRange(1, 8).Draw(m.t, "after steps"), rapid.Bool().Draw(m.t, "half way")
	}
	goodBefore := m.life.State().LastGood
	step, err := do()
	ended := kills && m.left == 0
	m.left = -1
	if err == nil {
		m.promise(step)
	} else if !ended {
		m.t.Fatalf("%s: %v", what, err)
	}
	if ended {
		m.restart()
	}
	if what != "settle" {
		require.Equal(m.t, goodBefore, m.life.State().LastGood, "%s changed the last good one", what)
	}
}

// promise notes what was told to the server, and that it is durable.
func (m *model) promise(step Step) {
	held := readSlots(m.dir)
	i, ok := newest(held)
	require.True(m.t, ok, "no slot can be read")
	s := held[i].state
	for _, a := range step.Answers {
		if a.Status == Applied && a == s.Last {
			require.Contains(m.t, []Hash{s.Confirmed, s.Runs.Hash}, a.Hash, "APPLIED is said of what is durable")
			require.NotEqual(m.t, s.Candidate, a.Hash)
		}
	}
	require.GreaterOrEqual(m.t, s.Generation, m.generation, "the generation never falls")
	m.generation, m.lastGood = s.Generation, s.LastGood
}

// restart begins a process after the one before ended in some way.
func (m *model) restart() {
	_ = m.life.Close()
	if rapid.IntRange(0, 3).Draw(m.t, "the host restarts") == 0 {
		m.boots++
	}
	m.open()
}

func (m *model) offer(t *rapid.T) {
	o := Offer{
		Hash:       m.pick("offered"),
		Generation: m.life.State().Generation + rapid.Uint64Range(0, 2).Draw(t, "generation above"),
		Rollback:   rapid.IntRange(0, 3).Draw(t, "goes back") == 0,
	}
	if o.Generation > 2 && rapid.IntRange(0, 5).Draw(t, "stale") == 0 {
		o.Generation -= 3
	}
	m.act("offer", func() (Step, error) {
		step, err := m.life.Offer(o)
		if err == nil {
			require.NotEmpty(t, step.Answers, "every offer gets an answer")
			require.Equal(t, o.Hash, step.Answers[len(step.Answers)-1].Hash, "the last answer is about the newest offer")
		}
		if step.Check {
			m.begun = append(m.begun, m.life.State().LastID)
		}
		return step, err
	})
}

func (m *model) verdict(t *rapid.T) {
	h := m.pick("judged")
	m.act("verdict", func() (Step, error) {
		switch rapid.IntRange(0, 2).Draw(t, "verdict") {
		case 0:
			return m.life.Check(h)
		case 1:
			return m.life.Validate(h)
		default:
			return m.life.Fail(h, rapid.SampledFrom(causes).Draw(t, "cause"))
		}
	})
}

func (m *model) store(t *rapid.T) {
	content := rapid.SampledFrom(contents).Draw(t, "stored")
	m.act("store", func() (Step, error) { return m.life.Store(content) })
}

func (m *model) reload(t *rapid.T) {
	m.act("reload", func() (Step, error) {
		run, err := m.life.Next()
		if err == nil && run.Hash != "" {
			_, err := m.life.Config(run.Hash)
			require.NoError(t, err, "what runs can be read")
		}
		return Step{}, err
	})
}

func (m *model) outcome(t *rapid.T) {
	h := m.life.State().Candidate
	m.act("outcome", func() (Step, error) {
		if rapid.Bool().Draw(t, "healthy") {
			return m.life.Confirm(h)
		}
		return m.life.Fail(h, rapid.SampledFrom(causes).Draw(t, "cause"))
	})
}

func (m *model) settle(*rapid.T) {
	h := m.life.State().Confirmed
	m.act("settle", func() (Step, error) { return m.life.Settle(h) })
}

// whole is a life that goes well as far as it is let.
func (m *model) whole(t *rapid.T) {
	content := rapid.SampledFrom(contents).Draw(t, "of a whole life")
	h := Sum(content)
	m.act("offer", func() (Step, error) {
		return m.life.Offer(Offer{Hash: h, Generation: m.life.State().Generation + 1})
	})
	m.act("store", func() (Step, error) { return m.life.Store(content) })
	m.reload(t)
	m.act("confirm", func() (Step, error) { return m.life.Confirm(h) })
	m.settle(t)
}

func (m *model) end(t *rapid.T) {
	if rapid.Bool().Draw(t, "in order") {
		require.NoError(t, m.life.Stop())
	}
	m.restart()
}

// damage destroys the newest slot between two processes. The state before is
// then the newest; a generation that was answered is in both.
func (m *model) damage(t *rapid.T) {
	held := readSlots(m.dir)
	i, _ := newest(held)
	if held[1-i].err != nil {
		t.Skip("the only slot")
	}
	_ = m.life.Close()
	require.NoError(t, os.Truncate(slotPath(m.dir, i), int64(rapid.IntRange(0, stateStart).Draw(t, "left over"))))
	m.begun = nil
	m.open()
	require.NotEmpty(t, m.life.Problems())
}

// check holds the state against the promises.
func (m *model) check(t *rapid.T) {
	s := m.life.State()
	require.NoError(t, s.check())
	require.Equal(t, m.lastGood, s.LastGood)
	for _, h := range []Hash{s.LastGood, s.Confirmed, s.Candidate, s.Previous} {
		if h == "" {
			continue
		}
		_, isBlocked := s.Block(h)
		require.False(t, isBlocked, "%s has a role and is blocked", h.Short())
		_, err := m.life.Config(h)
		require.NoError(t, err, "what has a role can be read")
	}
	require.Equal(t, s.Confirmed != s.LastGood && !s.hasCandidate(), s.Phase == Probation)
	m.checkAttempts(t, s)
}

// checkAttempts finds every attempt once, and those that go on where the state
// needs them.
func (m *model) checkAttempts(t *rapid.T, s State) {
	attempts, err := m.life.Attempts()
	require.NoError(t, err)
	var ids []uint64
	open := map[Hash]int{}
	for _, a := range attempts {
		ids = append(ids, a.ID)
		require.Equal(t, a.Ended.IsZero(), a.Outcome == "", "an attempt that ended says how")
		if a.Ended.IsZero() {
			open[a.Hash]++
			require.Equal(t, 1, open[a.Hash], "two attempts at one configuration")
		}
	}
	for _, id := range m.begun {
		require.True(t, slices.Contains(ids, id), "attempt %d is forgotten", id)
	}
	if s.Candidate != "" {
		require.Equal(t, 1, open[s.Candidate], "nobody knows why the candidate is tried")
	}
}
