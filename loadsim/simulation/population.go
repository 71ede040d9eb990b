package simulation

import (
	"context"
	"errors"
	"fmt"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Population is a plan that is carried out beside the caller.
type Population struct {
	roll   *roll
	cancel context.CancelFunc
	done   chan struct{} // closed when Run has returned
	sum    loadsim.Summary
	err    error
}

// Start begins to carry the plan out, and returns when every process of its
// first moment runs under its name. The population ends when the plan's
// duration is over, with ctx, or when Stop is called, which the caller must do
// in any case. One of the first moment that cannot be made at once is an error,
// and then nothing is left.
func Start(ctx context.Context, s Settings) (*Population, error) {
	p := &Population{roll: newRoll(s.Plan), done: make(chan struct{})}
	ctx, p.cancel = context.WithCancel(ctx)
	s.Observers = append([]loadsim.Observer{p.roll}, s.Observers...)
	go func() {
		defer close(p.done)
		p.sum, p.err = Run(ctx, s)
	}()
	if err := p.await(); err != nil {
		return nil, fmt.Errorf("start a population: %w", err)
	}
	return p, nil
}

// await returns when the population stands, or when nothing is left of it.
func (p *Population) await() error {
	select {
	case err := <-p.roll.ready:
		if err == nil {
			return nil
		}
		_, ended := p.Stop()
		return errors.Join(err, ended)
	case <-p.done:
		p.cancel()
		if p.err == nil {
			return errors.New("it ended before every process of its first moment was born")
		}
		return p.err
	}
}

// Members lists the processes that live now, by PID: those that were born and
// have not been waited for, so that no other process can have the PID. What
// their Process points to is not the caller's to change.
func (p *Population) Members() []loadsim.Life { return p.roll.members() }

// Stop ends every process and waits until they are gone. The summary and the
// error are those of Run. It may be called more than once.
func (p *Population) Stop() (loadsim.Summary, error) {
	p.cancel()
	<-p.done
	return p.sum, p.err
}
