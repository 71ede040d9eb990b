package controlplane

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// LoadLease is how long a worker has a load without being heard of. It reports
// several times in that time.
const LoadLease = 30 * time.Second

// Orders is what a worker hears back.
type Orders struct {
	// Stop: end the load, then report it as stopped.
	Stop bool `json:"stop"`
	// LeaseUntil is when another worker may take it.
	LeaseUntil time.Time `json:"leaseUntil"`
}

// ClaimLoad gives a worker, the caller, the oldest load for its host; nil: there
// is none. Of workers that ask at the same time, one gets it.
func (s *Service) ClaimLoad(ctx context.Context, by Caller, host string) (*Assignment, error) {
	var p problems
	p.check(isLabel(host) && host != "", "/host", "host: %.80q; give the worker's host in 1 to %d printable characters", host, longestLabel)
	if err := s.admit(ctx, by, ClaimLoad, "loadsims", p.err()); err != nil {
		return nil, err
	}
	if by.Key == "" { // most ask in vain, and need not wait for those who write
		if waits, err := s.loadWaits(ctx, host); !waits || err != nil {
			return nil, err
		}
	}
	return commit(ctx, s, by, ClaimLoad, "loadsims", func(u *unit) (*Assignment, error) {
		l, err := u.ClaimableLoad(ctx, host, u.now)
		switch {
		case errors.Is(err, ErrNotFound):
			u.nothing = true
			return nil, nil
		case err != nil:
			return nil, err
		}
		return u.claim(ctx, l, host)
	})
}

// loadWaits says whether there is a load for a worker of this host.
func (s *Service) loadWaits(ctx context.Context, host string) (bool, error) {
	return view(ctx, s, func(r Reader) (bool, error) {
		_, err := r.ClaimableLoad(ctx, host, s.now())
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	})
}

// claim gives a load to the caller. One that was to be stopped when its worker
// was lost, nobody gets again.
func (u *unit) claim(ctx context.Context, l LoadSimulation, host string) (*Assignment, error) {
	name := l.Metadata.Name
	u.record.Object = loadObject(name)
	if l.Status.Stop {
		l.Status.State, l.Status.FinishedAt, l.Status.Message = LoadStopped, u.now, "its worker "+l.Status.Worker+" was lost"
		u.event = "load simulation " + name + " is over: its worker was lost"
		_, err := u.putLoad(ctx, l)
		return nil, err
	}
	l.Status.State, l.Status.Worker, l.Status.Host = LoadClaimed, u.by.Subject, host
	l.Status.Claim++
	l.Status.LeaseUntil = u.now.Add(LoadLease)
	u.event = fmt.Sprintf("load simulation %s starts on host %s", name, host)
	_, err := u.putLoad(ctx, l)
	return &Assignment{ID: l.assignment(), Name: name, Spec: l.Spec}, err
}

// assignment names the present claim.
func (l LoadSimulation) assignment() string {
	return fmt.Sprintf("%s.%d", l.Metadata.UID, l.Status.Claim)
}

// ReportLoad writes down how an assignment goes and extends its lease. The error
// has [CodeGone] if it is no longer the caller's: the worker ends the load.
func (s *Service) ReportLoad(ctx context.Context, by Caller, assignment string, r LoadReport) (Orders, error) {
	if err := s.admit(ctx, by, ReportLoad, "loadsims", r.validate()); err != nil {
		return Orders{}, err
	}
	return commit(ctx, s, by, ReportLoad, "loadsims", func(u *unit) (Orders, error) {
		l, err := u.assigned(ctx, assignment)
		if err != nil {
			return Orders{}, err
		}
		u.record.Object, u.silent = loadObject(l.Metadata.Name), !r.State.Ended()
		u.event = fmt.Sprintf("load simulation %s is %s", l.Metadata.Name, r.State)
		l.Status.take(r, u.now)
		_, err = u.putLoad(ctx, l)
		return Orders{Stop: l.Status.Stop, LeaseUntil: l.Status.LeaseUntil}, err
	})
}

// assigned finds the load of an assignment, if the caller has it.
func (u *unit) assigned(ctx context.Context, assignment string) (LoadSimulation, error) {
	uid, claim, _ := strings.Cut(assignment, ".")
	l, err := u.LoadByUID(ctx, uid)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return l, err
	}
	n, bad := strconv.ParseInt(claim, 10, 64)
	if err != nil || bad != nil || n != l.Status.Claim || l.Status.Worker != u.by.Subject || l.Status.State.Ended() {
		return l, fail(CodeGone, "end its processes and claim again", "assignment %.80q is no longer yours", assignment)
	}
	return l, nil
}

// take is what a report changes.
func (s *LoadStatus) take(r LoadReport, now time.Time) {
	if s.StartedAt.IsZero() {
		s.StartedAt = now
	}
	s.State, s.Message, s.LeaseUntil = r.State, r.Message, now.Add(LoadLease)
	if r.Progress != nil {
		s.Progress = r.Progress
	}
	if r.Summary != nil {
		s.Summary = r.Summary
	}
	if r.State.Ended() {
		s.FinishedAt = now
	}
}
