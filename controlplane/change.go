package controlplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// unit is one change while it is made: a transaction with what is told of it.
type unit struct {
	Writer
	now time.Time
	by  Caller
	// record is the change's audit record, event what watchers read.
	record AuditRecord
	event  string
	// nothing is set if everything was so before.
	nothing bool
	// silent changes are too many for the audit and for watchers.
	silent bool
	// woken are the agents on which something else is wanted.
	woken []string
}

// before and after note what the audit keeps of the object.
func (u *unit) before(v any) error { return note(&u.record.Before, v) }
func (u *unit) after(v any) error  { return note(&u.record.After, v) }

func note(to *json.RawMessage, v any) (err error) {
	*to, err = json.Marshal(v)
	return err
}

// revise gives a resource its next version.
func (u *unit) revise(ctx context.Context, m *Metadata) error {
	n, err := u.NextRevision(ctx)
	if err != nil {
		return err
	}
	m.ResourceVersion = fmt.Sprint(n)
	m.UpdatedAt = u.now
	return nil
}

// change carries out an action that the caller's role has. All of f, the audit
// record, the event and the answer to the caller's key are one transaction.
func change[T any](ctx context.Context, s *Service, by Caller, a Action, object string, f func(*unit) (T, error)) (T, error) {
	if err := s.Allow(ctx, by, a, object); err != nil {
		var none T
		return none, err
	}
	return commit(ctx, s, by, a, object, f)
}

// commit is change for those who were let in by a secret of their own.
func commit[T any](ctx context.Context, s *Service, by Caller, a Action, object string, f func(*unit) (T, error)) (result T, err error) {
	var u *unit
	err = s.store.Update(ctx, func(w Writer) (err error) {
		u = &unit{Writer: w, now: s.now(), by: by, record: AuditRecord{Action: a, Object: object, Verdict: VerdictDone}}
		again, err := replay(ctx, u, &result)
		if again || err != nil {
			return err
		}
		if result, err = f(u); err != nil {
			return err
		}
		return s.conclude(ctx, u, result)
	})
	if err != nil {
		var none T
		return none, told(err)
	}
	s.tell(u)
	return result, nil
}

// conclude writes what is told of a change.
func (s *Service) conclude(ctx context.Context, u *unit, result any) error {
	if !u.nothing && !u.silent {
		if err := s.append(ctx, u.Writer, u.now, u.by, u.record); err != nil {
			return err
		}
		event := Event{At: u.now, Action: u.record.Action, Object: u.record.Object, Message: u.event}
		if err := u.AddEvent(ctx, event); err != nil {
			return err
		}
	}
	if u.by.Key == "" {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("write the answer to key %q: %w", u.by.Key, err)
	}
	return u.AddResult(ctx, u.by.TokenID, u.by.Key, u.by.Fingerprint, text, u.now)
}

// tell wakes those who wait, after the commit.
func (s *Service) tell(u *unit) {
	if len(u.woken) > 0 {
		s.outgoing.Wake(u.woken)
	}
	if !u.nothing {
		s.changed.send()
	}
}

// replay reads the answer that the caller's key had before.
func replay(ctx context.Context, u *unit, result any) (again bool, err error) {
	if u.by.Key == "" {
		return false, nil
	}
	fingerprint, text, err := u.Result(ctx, u.by.TokenID, u.by.Key)
	switch {
	case errors.Is(err, ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case fingerprint != u.by.Fingerprint:
		return false, fail(CodeKeyReused, "take a new key for each request", "the idempotency key %.80q belongs to another request", u.by.Key)
	}
	u.nothing = true
	return true, json.Unmarshal(text, result)
}

// Allow refuses what the caller's role does not have, and keeps a record of it.
func (s *Service) Allow(ctx context.Context, by Caller, a Action, object string) error {
	if by.Role.May(a) {
		return nil
	}
	why := fmt.Sprintf("the role %q does not have %s, %s does", by.Role, a, a.Needs())
	if err := s.Denied(ctx, by, a, object, why); err != nil {
		return err
	}
	return fail(CodeForbidden, "ask an administrator for a token of that role", "%s", why)
}

// admit refuses callers first, and what is wrong with their request then.
func (s *Service) admit(ctx context.Context, by Caller, a Action, object string, wrong error) error {
	if err := s.Allow(ctx, by, a, object); err != nil {
		return err
	}
	return wrong
}

// lookup gives what a user named, or says that there is none.
func lookup[T any](found T, err error) func(kind, name, hint string) (T, error) {
	return func(kind, name, hint string) (T, error) {
		if errors.Is(err, ErrNotFound) {
			return found, fail(CodeNotFound, hint, "there is no %s %.80q", kind, name)
		}
		return found, err
	}
}

// fresh refuses a change of what changed since the caller read it. No version:
// the caller does not care.
func fresh(m Metadata, kind, wanted string) error {
	if wanted == "" || wanted == m.ResourceVersion {
		return nil
	}
	return fail(CodeStale, "read it again and repeat your change on that", "%s %s is at resourceVersion %s now, not at %.40q", kind, m.Name, m.ResourceVersion, wanted)
}
