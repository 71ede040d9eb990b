package controlplane

import (
	"context"
	"fmt"
	"time"
)

// append seals a record and adds it, in the transaction of what it tells of.
func (s *Service) append(ctx context.Context, w Writer, now time.Time, by Caller, r AuditRecord) error {
	head, err := w.AuditHead(ctx)
	if err != nil {
		return err
	}
	r.At, r.Subject, r.Role, r.TokenID, r.Address, r.RequestID = now, by.Subject, by.Role, by.TokenID, by.Address, by.RequestID
	if err := r.seal(s.auditKey, head); err != nil {
		return err
	}
	return w.AddAudit(ctx, r)
}

// Denied keeps a record of what was refused, and why. The service does it for
// its own actions; whoever refuses a request before that calls it.
func (s *Service) Denied(ctx context.Context, by Caller, a Action, object, why string) error {
	return s.record(ctx, by, AuditRecord{Action: a, Object: object, Verdict: VerdictDenied, Reason: why})
}

func (s *Service) record(ctx context.Context, by Caller, r AuditRecord) error {
	return told(s.store.Update(ctx, func(w Writer) error { return s.append(ctx, w, s.now(), by, r) }))
}

// Perform does something that is not a change of the store, such as a backup,
// if the caller's role has the action. It is in the audit before it begins; if
// it fails, a second record says so.
func (s *Service) Perform(ctx context.Context, by Caller, a Action, object, reason string, f func(context.Context) error) error {
	if err := s.Allow(ctx, by, a, object); err != nil {
		return err
	}
	if err := s.record(ctx, by, AuditRecord{Action: a, Object: object, Verdict: VerdictDone, Reason: reason}); err != nil {
		return err
	}
	failure := f(ctx)
	if failure == nil {
		return nil
	}
	r := AuditRecord{Action: a, Object: object, Verdict: VerdictFailed, Reason: failure.Error()}
	if err := s.record(context.WithoutCancel(ctx), by, r); err != nil {
		return fmt.Errorf("%w; and the audit was not told: %w", failure, err)
	}
	return failure
}

// Audit lists records, by sequence.
func (s *Service) Audit(ctx context.Context, by Caller, f AuditFilter, page Page) (List[AuditRecord], error) {
	if err := s.Allow(ctx, by, ReadAudit, "audit"); err != nil {
		return List[AuditRecord]{}, err
	}
	span, err := page.numbers()
	if err != nil {
		return List[AuditRecord]{}, err
	}
	return view(ctx, s, func(r Reader) (List[AuditRecord], error) {
		records, err := r.Audit(ctx, f, span)
		return paged(records, page.size(), func(a AuditRecord) string { return fmt.Sprint(a.Sequence) }), err
	})
}

// VerifyAudit checks the chain from the first record to the last, and returns
// the last. known is a head that was noted before, or the zero head. The error
// names the first record that is wrong.
func (s *Service) VerifyAudit(ctx context.Context, known AuditHead) (AuditHead, error) {
	c := chain{key: s.auditKey, known: &known}
	return view(ctx, s, func(r Reader) (AuditHead, error) {
		for {
			records, err := r.Audit(ctx, AuditFilter{}, Span[int64]{After: c.head.Sequence, Limit: pageMost})
			if err != nil {
				return c.head, err
			}
			for _, record := range records {
				if err := c.next(record); err != nil {
					return c.head, err
				}
			}
			if len(records) < pageMost {
				return c.head, c.end()
			}
		}
	})
}
