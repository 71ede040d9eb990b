package controlplane

import (
	"cmp"
	"context"
	"errors"
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
	// longestEffective is how many bytes the configuration that it runs has at
	// most.
	longestEffective = 4 << 20
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
		a, changed, err := u.hear(ctx, a, r)
		u.nothing = !changed
		return a, err
	})
}

// AgentReport is what an agent says of itself.
type AgentReport struct {
	By     Caller
	Report Report
	// Effective is the configuration that it runs, without secrets, in its own
	// words; nil: as before.
	Effective []byte
}

// ReportAgents is ReportAgent for many agents in one transaction. Agents that
// were deleted meanwhile are left out. The error names the reports that are
// wrong, and keeps no other from being written.
func (s *Service) ReportAgents(ctx context.Context, reports []AgentReport) error {
	var wrong []error
	var changed bool
	err := s.store.Update(ctx, func(w Writer) error {
		u := &unit{Writer: w, now: s.now(), silent: true}
		for _, r := range reports {
			r.Report.Message, r.Report.Health = shortened(r.Report.Message), shortened(r.Report.Health)
			if err := r.validate(); err != nil {
				wrong = append(wrong, fmt.Errorf("report of agent %.80q: %w", r.By.Subject, err))
				continue
			}
			news, err := u.hearOf(ctx, r)
			if err != nil {
				return err
			}
			changed = changed || news
		}
		return nil
	})
	if err != nil {
		return told(err)
	}
	if changed {
		s.changed.send()
	}
	return errors.Join(wrong...)
}

func (r AgentReport) validate() error {
	if !r.By.Role.May(ReportAgent) {
		return fail(CodeForbidden, "speak with an agent's own token", "the role %q does not report on agents", r.By.Role)
	}
	var p problems
	p.check(len(r.Effective) <= longestEffective, "/effective", "effective: has %d bytes; at most %d are possible", len(r.Effective), longestEffective)
	return errors.Join(r.Report.validate(), p.err())
}

// hearOf writes the report of an agent down, if it is there and says something
// new.
func (u *unit) hearOf(ctx context.Context, r AgentReport) (changed bool, err error) {
	a, err := u.Agent(ctx, r.By.Subject)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, changed, err = u.hear(ctx, a, r.Report); err != nil || r.Effective == nil {
		return changed, err
	}
	return true, u.PutEffective(ctx, r.By.Subject, r.Effective)
}

// hear writes a report down, unless it says nothing new and the last one is not
// old.
func (u *unit) hear(ctx context.Context, a Agent, r Report) (_ Agent, changed bool, err error) {
	r.At = u.now
	if r.said(a.Status.Report) && u.now.Sub(a.Status.Report.At) < reportEvery {
		return a, false, nil
	}
	a, err = u.report(ctx, a, r)
	return a, true, err
}

func (u *unit) report(ctx context.Context, a Agent, r Report) (Agent, error) {
	last := a.Status.Report
	a.Status.Report = r
	a.Status.State = a.Status.state()
	if r.Outcome != "" && (r.Outcome != last.Outcome || r.Generation != last.Generation || r.offered() != last.offered()) {
		attempt := Attempt{Agent: a.Metadata.Name, Generation: r.Generation, ConfigHash: r.offered(), Outcome: r.Outcome, Message: r.Message, At: u.now}
		if err := u.AddAttempt(ctx, attempt); err != nil {
			return a, err
		}
	}
	if err := u.revise(ctx, &a.Metadata); err != nil {
		return a, err
	}
	return a, u.PutAgent(ctx, a)
}

// offered is the configuration of the last offer.
func (r Report) offered() string { return cmp.Or(r.OfferedHash, r.ConfigHash) }

func (r Report) validate() error {
	var p problems
	p.check(isLabel(r.OfferedHash), "/offeredHash", "offeredHash: use at most %d printable characters", longestLabel)
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
