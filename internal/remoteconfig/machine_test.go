package remoteconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The configurations of the tests, by the letters that the decision page uses.
var (
	lastGood  = Sum([]byte("A"))
	previous  = Sum([]byte("P"))
	confirmed = Sum([]byte("C"))
	candidate = Sum([]byte("N"))
	offered   = Sum([]byte("O"))
	blocked   = Sum([]byte("B"))
)

var letters = map[Hash]string{lastGood: "A", previous: "P", confirmed: "C", candidate: "N", offered: "O", blocked: "B", "": "–"}

var (
	under = Under{Binary: "binary", AgentFile: "agent"}
	boot  = Boot{ID: "boot", Under: under}
	noon  = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

	itself = Cause{Code: Unhealthy, Component: "exporters/otlphttp/phoenix", Detail: "no data flowed"}
	away   = Cause{Code: Unproven, Detail: "the backend was away"}
)

func everythingRuns(Run) error { return nil }

// only returns what lets some sources run.
func only(sources ...Source) func(Run) error {
	return func(r Run) error {
		if slices.Contains(sources, r.Source) {
			return nil
		}
		return errors.New("it does not run")
	}
}

// play makes transitions one after the other; the test fails by what it then
// finds in the state.
type play struct {
	State
	step Step
}

func (p *play) do(s State, step Step) *play {
	p.State, p.step = s, step
	return p
}

func begin() *play {
	p := &play{State: New()}
	return p.do(p.Start(boot, everythingRuns, noon))
}

func (p *play) offer(h Hash) *play {
	return p.do(p.Offer(Offer{Generation: p.Generation + 1, Nonce: "n", Hash: h}, noon))
}

func (p *play) arm(h Hash) *play   { p.offer(h); return p.do(p.Store(h, noon)) }
func (p *play) try(h Hash) *play   { p.arm(h); return p.do(p.Apply(h, noon)) }
func (p *play) prove(h Hash) *play { p.try(h); return p.do(p.State.Confirm(h, noon)) }
func (p *play) settle(h Hash) *play {
	p.prove(h)
	return p.do(p.Settle(h, noon))
}

// stable has a last good configuration, one before it, and a blocked one.
func stable() *play {
	p := begin().settle(previous).settle(lastGood).offer(blocked)
	return p.do(p.Fail(blocked, itself, noon))
}

func armed() *play     { return stable().arm(candidate) }
func onTrial() *play   { return stable().try(candidate) }
func probation() *play { return stable().prove(confirmed) }

// situations are the phases, and a trial that began on probation.
var situations = []struct {
	name string
	in   func() *play
}{
	{"stable", stable},
	{"armed", armed},
	{"trial", onTrial},
	{"probation", probation},
	{"trial on probation", func() *play { return probation().try(candidate) }},
}

// happenings are the events, in the order of the decision page.
var happenings = []struct {
	name string
	do   func(*play) *play
}{
	{"offer of O", func(p *play) *play { return p.offer(offered) }},
	{"offer of what runs", func(p *play) *play { return p.offer(p.Runs.Hash) }},
	{"offer of N again", func(p *play) *play { return p.offer(candidate) }},
	{"offer of A", func(p *play) *play { return p.offer(lastGood) }},
	{"offer of O that goes back", func(p *play) *play {
		return p.do(p.Offer(Offer{Generation: p.Generation + 1, Hash: offered, Rollback: true}, noon))
	}},
	{"offer of B, blocked", func(p *play) *play { return p.offer(blocked) }},
	{"offer of O, stale", func(p *play) *play { return p.do(p.Offer(Offer{Generation: p.Generation - 1, Hash: offered}, noon)) }},
	{"O fails its check or validation", func(p *play) *play { p.offer(offered); return p.do(p.Fail(offered, itself, noon)) }},
	{"O cannot be written", func(p *play) *play {
		p.offer(offered)
		return p.do(p.Fail(offered, Cause{Code: Storage}, noon))
	}},
	{"O is stored", func(p *play) *play { return p.arm(offered) }},
	{"the service is reloaded", func(p *play) *play { return p.do(p.Apply(p.State.Candidate, noon)) }},
	{"what runs has come up", func(p *play) *play { return p.do(p.Up(noon)) }},
	{"N is confirmed", func(p *play) *play { return p.do(p.State.Confirm(candidate, noon)) }},
	{"N fails by itself", func(p *play) *play { return p.do(p.Fail(candidate, itself, noon)) }},
	{"N fails in passing", func(p *play) *play { return p.do(p.Fail(candidate, away, noon)) }},
	{"C settles", func(p *play) *play { return p.do(p.Settle(confirmed, noon)) }},
	{"C fails by itself", func(p *play) *play { return p.do(p.Fail(confirmed, itself, noon)) }},
	{"C fails in passing", func(p *play) *play { return p.do(p.Fail(confirmed, away, noon)) }},
	{"B is released", func(p *play) *play { return p.do(p.Release(blocked, noon)) }},
	{"start after a stop", func(p *play) *play { p.do(p.Stop(noon)); return p.do(p.Start(boot, everythingRuns, noon)) }},
	{"start after a crash", func(p *play) *play { return p.do(p.Start(boot, everythingRuns, noon)) }},
	{"start after the host restarted", func(p *play) *play {
		return p.do(p.Start(Boot{ID: "another", Under: under}, everythingRuns, noon))
	}},
	{"start, and N does not run", func(p *play) *play {
		return p.do(p.Start(boot, only(Confirmed, LastGood, Previous, Bootstrap), noon))
	}},
	{"start after a stop, and only P runs", func(p *play) *play { p.do(p.Stop(noon)); return p.do(p.Start(boot, only(Previous), noon)) }},
	{"start after a stop, and nothing runs", func(p *play) *play { p.do(p.Stop(noon)); return p.do(p.Start(boot, only(), noon)) }},
}

// table is the transition table of the decision page.
func table() string {
	var b strings.Builder
	for _, s := range situations {
		fmt.Fprintf(&b, "### In %s\n\n%s.\n\n", s.name, roles(s.in().State))
		b.WriteString("| Event | Next | Runs | Answers | To do |\n| --- | --- | --- | --- | --- |\n")
		for _, h := range happenings {
			before := s.in()
			after := h.do(s.in())
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", h.name, next(before.State, after.State), run(after.Runs), answers(after.step), todo(after.step))
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String())
}

// roles names the configurations of a state.
func roles(s State) string {
	return fmt.Sprintf("Last good %s, previous %s, confirmed %s, candidate %s; %s runs; B is blocked",
		letters[s.LastGood], letters[s.Previous], letters[s.Confirmed], letters[s.Candidate], run(s.Runs))
}

// next says what an event changed in a state.
func next(before, after State) string {
	changes := []string{string(after.Phase)}
	for _, role := range []struct {
		name          string
		before, after Hash
	}{
		{"last good", before.LastGood, after.LastGood},
		{"previous", before.Previous, after.Previous},
		{"confirmed", before.Confirmed, after.Confirmed},
		{"candidate", before.Candidate, after.Candidate},
	} {
		if role.before != role.after {
			changes = append(changes, role.name+" "+letters[role.after])
		}
	}
	for _, h := range []Hash{blocked, candidate, confirmed, offered} {
		_, was := before.Block(h)
		_, is := after.Block(h)
		switch {
		case is && !was:
			changes = append(changes, letters[h]+" blocked")
		case was && !is:
			changes = append(changes, letters[h]+" unblocked")
		}
	}
	return strings.Join(changes, ", ")
}

func run(r Run) string {
	if r.Hash == "" {
		return strings.ReplaceAll(string(r.Source), "_", " ")
	}
	return letters[r.Hash]
}

func answers(s Step) string {
	var all []string
	for _, a := range s.Answers {
		text := letters[a.Hash] + " " + string(a.Status)
		if a.Cause.Code != "" {
			text += " (" + string(a.Cause.Code) + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func todo(s Step) string {
	var all []string
	if s.Reload {
		all = append(all, "reload")
	}
	if s.Check {
		all = append(all, "check")
	}
	return strings.Join(all, ", ")
}
