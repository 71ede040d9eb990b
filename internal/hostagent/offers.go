package hostagent

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Offer takes a server's offer, of which the service is told what became. It
// waits while many others do.
func (a *Agent) Offer(o Offer) {
	select {
	case a.inbox <- o:
	case <-a.stopped:
	}
}

// offered begins with an offer, and gives up the one that is being prepared if
// this one takes its place.
func (a *Agent) offered(o Offer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	offer := remoteconfig.Offer{
		Generation: o.Generation, Nonce: hex.EncodeToString(o.Token), Reason: o.Reason,
		Hash: remoteconfig.Sum(o.Content), Rollback: o.Rollback,
	}
	step, err := a.life.Offer(offer)
	if err != nil {
		a.out.answer(remoteconfig.Answer{
			Status: remoteconfig.Failed, Hash: offer.Hash, Generation: offer.Generation, Nonce: offer.Nonce,
			Cause: remoteconfig.Cause{Code: remoteconfig.Storage, Detail: err.Error()},
		})
		return
	}
	a.follow(step)
	if step.Check {
		a.prepare(offer.Hash, o.Content)
	}
}

// preparation is an offer that is checked and validated.
type preparation struct {
	hash   remoteconfig.Hash
	cancel context.CancelFunc
}

// end gives a preparation up, if there is one.
func (p *preparation) end() {
	if p != nil {
		p.cancel()
	}
}

// prepare has an offer checked and validated, unless it is at that.
func (a *Agent) prepare(h remoteconfig.Hash, content []byte) {
	if a.preparing != nil && a.preparing.hash == h {
		return
	}
	a.preparing.end()
	ctx, cancel := context.WithCancel(context.Background())
	p := &preparation{h, cancel}
	a.preparing = p
	owner := a.owner
	a.working.Go(func() {
		effective, err := a.prepared(ctx, h, content, owner)
		a.store(p, content, effective, err)
		cancel()
	})
}

// prepared checks and validates what was offered.
func (a *Agent) prepared(ctx context.Context, h remoteconfig.Hash, content []byte, o owner) (*ownership.Effective, error) {
	if err := a.allows(content, o); err != nil {
		return nil, remoteconfig.Cause{Code: remoteconfig.Refused, Detail: err.Error()}
	}
	if _, err := a.life.Check(h); err != nil {
		return nil, err
	}
	if len(content) == 0 {
		content = o.bootstrap
	}
	effective, err := a.effective(content, o)
	if err != nil {
		return nil, causeOf(err, remoteconfig.Refused)
	}
	if err := a.validate(ctx, effective, o.env); err != nil {
		return nil, causeOf(err, remoteconfig.Invalid)
	}
	return effective, nil
}

// allows returns every reason why a remote configuration may not run here. None
// at all may.
func (a *Agent) allows(content []byte, o owner) error {
	if len(content) == 0 {
		return nil
	}
	return ownership.Check(content, ownership.NewPolicy(a.file, o.config)).Err()
}

// store makes durable what was prepared, unless something else is by now.
func (a *Agent) store(p *preparation, content []byte, e *ownership.Effective, problem error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.preparing != p {
		return
	}
	a.preparing = nil
	if problem != nil {
		a.take(a.life.Fail(p.hash, remoteconfig.CauseOf(problem, remoteconfig.Storage)))
		return
	}
	if _, err := a.life.Validate(p.hash); err != nil {
		a.take(remoteconfig.Step{}, err)
		return
	}
	a.plans[string(p.hash)] = &plan{remoteconfig.Run{Source: remoteconfig.Candidate, Hash: p.hash}, e}
	a.take(a.life.Store(content))
}

// Release lets a blocked configuration be offered again.
func (a *Agent) Release(h remoteconfig.Hash) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, blocked := a.life.State().Block(h); !blocked {
		return fmt.Errorf("%s is not blocked here; the status lists what is", h.Short())
	}
	step, err := a.life.Release(h)
	a.take(step, err)
	return err
}

// Last is what a server is told when it connects: the newest answer to its
// newest offer; ok is false if there was none.
func (a *Agent) Last() (last remoteconfig.Answer, ok bool) {
	last = a.life.State().Last
	return last, last.Status != ""
}
