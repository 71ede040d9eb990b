package httpapi

import (
	"sync"
	"time"
)

const (
	// mostFailures is how many a minute are answered with 401 or 403, for one
	// token from one address; mostOfAddress is that of an address, so that who
	// tries one token after the other comes to an end as well.
	mostFailures  = 10
	mostOfAddress = 100
	failureSpan   = time.Minute
	// mostTracked is how many pairs are remembered. With more at once, the
	// oldest minute is forgotten.
	mostTracked = 10_000
)

// failures counts the requests that were refused, by token and address.
type failures struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[pair]count
}

// pair is a token's ID and an address; the token anyToken stands for all.
type pair struct{ token, address string }

const anyToken = "*"

type count struct {
	since time.Time
	n     int
}

// tooMany is returned to who failed too often.
type tooMany struct{ wait time.Duration }

func (tooMany) Error() string {
	return "there were too many requests with a wrong token; see that the token is right and wait a minute"
}

func newFailures(now func() time.Time) *failures {
	return &failures{now: now, counts: map[pair]count{}}
}

// check returns an error if there were too many failures with the token from
// the address, or with any token.
func (f *failures) check(token, address string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait := max(f.wait(pair{token, address}, mostFailures), f.wait(pair{anyToken, address}, mostOfAddress))
	if wait > 0 {
		return tooMany{wait}
	}
	return nil
}

// wait is how long it is until a pair may fail again; 0: it may.
func (f *failures) wait(p pair, most int) time.Duration {
	c := f.counts[p]
	if c.n < most {
		return 0
	}
	return max(0, c.since.Add(failureSpan).Sub(f.now()))
}

// add counts a failure.
func (f *failures) add(token, address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if len(f.counts) >= mostTracked {
		f.forget(now)
	}
	for _, p := range []pair{{token, address}, {anyToken, address}} {
		c := f.counts[p]
		if now.Sub(c.since) >= failureSpan {
			c = count{since: now}
		}
		c.n++
		f.counts[p] = c
	}
}

// forget drops what is over, or all if that is not enough.
func (f *failures) forget(now time.Time) {
	for p, c := range f.counts {
		if now.Sub(c.since) >= failureSpan {
			delete(f.counts, p)
		}
	}
	if len(f.counts) >= mostTracked {
		clear(f.counts)
	}
}
