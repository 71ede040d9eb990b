package controlplane

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// reportEvery is how often an agent's report is written down that says
	// nothing new.
	reportEvery = time.Minute
	// mostComponents is how many components an agent has at most.
	mostComponents = 2000
	// longestText is how many bytes are kept of what an agent says in words.
	longestText = 4 << 10
)

// ReportAgent writes down what an agent says of itself, the caller. An outcome
// that is new is an attempt in its history.
func (s *Service) ReportAgent(ctx context.Context, by Caller, r Report) (Agent, error) {
	r.Message, r.Health = shortened(r.Message), shortened(r.Health)
	if err := s.admit(ctx, by, ReportAgent, agentObject(by.Subject), r.validate()); err != nil {
		return Agent{}, err
	}
	return commit(ctx, s, by, ReportAgent, agentObject(by.Subject), func(u *unit) (Agent, error) {
		u.silent = true
		a, err := lookup(u.Agent(ctx, by.Subject))("agent", by.Subject, "it was deleted: enrol it again")
		if err != nil {
			return a, err
		}
		r.At = u.now
		if r.said(a.Status.Report) && u.now.Sub(a.Status.Report.At) < reportEvery {
			u.nothing = true
			return a, nil
		}
		return u.report(ctx, a, r)
	})
}

func (u *unit) report(ctx context.Context, a Agent, r Report) (Agent, error) {
	last := a.Status.Report
	a.Status.Report = r
	a.Status.State = a.Status.state()
	if r.Outcome != "" && (r.Outcome != last.Outcome || r.Generation != last.Generation || r.ConfigHash != last.ConfigHash) {
		attempt := Attempt{Agent: a.Metadata.Name, Generation: r.Generation, ConfigHash: r.ConfigHash, Outcome: r.Outcome, Message: r.Message, At: u.now}
		if err := u.AddAttempt(ctx, attempt); err != nil {
			return a, err
		}
	}
	if err := u.revise(ctx, &a.Metadata); err != nil {
		return a, err
	}
	return a, u.PutAgent(ctx, a)
}

func (r Report) validate() error {
	var p problems
	p.check(isLabel(r.Version), "/version", "version: use at most %d printable characters", longestLabel)
	p.check(isLabel(r.ConfigHash), "/configHash", "configHash: use at most %d printable characters", longestLabel)
	p.check(r.Generation >= 0, "/generation", "generation: must be at least 0")
	p.check(len(r.Components) <= mostComponents, "/components", "components: has %d; at most %d are possible", len(r.Components), mostComponents)
	p.check(!slices.ContainsFunc(r.Components, func(c string) bool { return !isLabel(c) }), "/components", "components: use at most %d printable characters each", longestLabel)
	switch r.Outcome {
	case "", OutcomeApplying, OutcomeApplied, OutcomeFailed:
	default:
		p.check(false, "/outcome", "outcome: %.40q; use applying, applied or failed", r.Outcome)
	}
	return p.err()
}

// said says whether a report is what was reported before, but for the time.
func (r Report) said(before Report) bool {
	before.At = r.At
	return equal(r, before)
}

// shortened cuts a text that is too long, between two characters.
func shortened(text string) string {
	if len(text) <= longestText {
		return text
	}
	return strings.ToValidUTF8(text[:longestText-len("…")], "") + "…"
}

// RevealAgent has an agent show what it would drop, until a time.
func (s *Service) RevealAgent(ctx context.Context, by Caller, name string, until time.Time, reason string) error {
	var p problems
	left := until.Sub(s.now())
	p.check(left > 0 && left <= longestReveal, "/until", "until: %s; give a time of the next %s", until.UTC().Format(time.RFC3339), longestReveal)
	if err := s.admit(ctx, by, RevealAgent, agentObject(name), p.err()); err != nil {
		return err
	}
	return s.ask(ctx, by, RevealAgent, name, fmt.Sprintf("until %s: %s", until.UTC().Format(time.RFC3339), reason), func(ctx context.Context) error {
		return s.outgoing.Reveal(ctx, name, until)
	})
}

// longestReveal is how long an agent shows what it would drop.
const longestReveal = time.Hour
