package loadsim

import (
	"cmp"
	"errors"
	"slices"
	"syscall"
	"time"
)

// Failures that pass are tried again, ever later.
const (
	mostAttempts = 6
	firstPause   = 100 * time.Millisecond
)

// failed notes that a process was not made. Of its children the spawner says so
// as well; they are made again with it.
func (p *population) failed(m *member, err error) {
	delete(p.lives, m.Process.ID)
	p.progress.Failed++
	p.sum.Failed++
	for _, o := range p.observers {
		o.Failed(m.Life, err)
	}
	if first := m.Process.ID == m.attempt.Process.ID; first && m.attempt.number < mostAttempts && passes(err) {
		p.retry(m.attempt)
	}
}

func (p *population) retry(a attempt) {
	p.sum.Retried++
	a.when = time.Since(p.started) + firstPause<<(a.number-1)
	a.number++
	p.retries = append(p.retries, a)
	slices.SortStableFunc(p.retries, func(a, b attempt) int { return cmp.Compare(a.when, b.when) })
}

// nextRetry is the attempt that is made again first; ok is false if none is.
func (p *population) nextRetry() (a attempt, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.retries) == 0 {
		return a, false
	}
	return p.retries[0], true
}

// dropRetry takes out the attempt of a family, which is about to be made.
func (p *population) dropRetry(id uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retries = slices.DeleteFunc(p.retries, func(a attempt) bool { return a.Process.ID == id })
}

// passes reports whether a failure may not be there a moment later.
func passes(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM)
}
