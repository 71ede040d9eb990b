package controlplane

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Settings are what a service needs beside its store.
type Settings struct {
	// AuditKey seals the audit; it has [AuditKeySize] bytes and is not kept in
	// the store.
	AuditKey []byte
	// Now is the time of everything that is done; nil: time.Now.
	Now func() time.Time
	// Render makes the configuration of a spec; nil: [RenderCatalog].
	Render func(context.Context, DeploymentSpec) (Configuration, error)
	// Check says what is wrong with a configuration before it is wanted on any
	// agent; nil: nothing is. It is called outside of transactions and may take
	// its time.
	Check func(ctx context.Context, p Pipeline, text []byte) error
	// Outgoing brings what is wanted to the agents; nil: nobody is connected.
	Outgoing Outgoing
}

// Service carries out the rules. It is safe for concurrent use.
type Service struct {
	store    Store
	auditKey []byte
	clock    func() time.Time
	render   func(context.Context, DeploymentSpec) (Configuration, error)
	check    func(ctx context.Context, p Pipeline, text []byte) error
	outgoing Outgoing
	changed  signal
}

// NewService returns a service on a store. The error is about the audit key.
func NewService(store Store, settings Settings) (*Service, error) {
	if n := len(settings.AuditKey); n != AuditKeySize {
		return nil, fmt.Errorf("the audit key has %d bytes, and needs %d; restore the file that it is kept in", n, AuditKeySize)
	}
	s := &Service{
		store: store, auditKey: settings.AuditKey, clock: settings.Now,
		render: settings.Render, check: settings.Check, outgoing: settings.Outgoing,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.render == nil {
		s.render = RenderCatalog
	}
	if s.check == nil {
		s.check = func(context.Context, Pipeline, []byte) error { return nil }
	}
	if s.outgoing == nil {
		s.outgoing = Unconnected{}
	}
	return s, nil
}

// now is what databases can keep: in UTC, in whole microseconds.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// view reads one state of the store.
func view[T any](ctx context.Context, s *Service, f func(Reader) (T, error)) (T, error) {
	var result T
	err := s.store.View(ctx, func(r Reader) (err error) {
		result, err = f(r)
		return err
	})
	return result, told(err)
}

// told turns what a user can act on into an [Error].
func told(err error) error {
	if errors.Is(err, ErrStorageFull) {
		return fail(CodeStorageFull, "free space where --data-dir is, then repeat it; reading goes on", "nothing can be stored: the disk is full")
	}
	return err
}

// Changed returns a channel that is closed with the next change. Whoever wants
// to miss none takes the channel first and reads then.
func (s *Service) Changed() <-chan struct{} { return s.changed.next() }

// signal tells any number of waiters that something happened.
type signal struct {
	mu sync.Mutex
	c  chan struct{}
}

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

func (s *signal) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
