package seriesmeter

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

const (
	// keepRecords is for how long records wait for a server that is away.
	keepRecords = 10 * time.Minute
	// maxWaiting is how many of them wait at most.
	maxWaiting = 10_000
	// sendAtOnce is how many go in one request.
	sendAtOnce = 500
	// lastWord is how long a shutdown may take to send what waits.
	lastWord = 2 * time.Second
)

// sender sends records as OTLP over HTTP, in order, and keeps them while the
// server is away.
type sender struct {
	client  *http.Client
	url     string
	log     *zap.Logger
	dropped func(int)
	refused rate.Sometimes // to log that the server refused records

	mu      sync.Mutex
	waiting []waiting
	closed  bool
	wake    chan struct{}
	stop    chan struct{}      // closed: begin nothing any more
	cancel  context.CancelFunc // breaks off the request under way
	done    chan struct{}
}

type waiting struct {
	record *scraperecord.Record
	since  time.Time
}

// newSender returns a sender that begins with what its predecessor could not
// send. dropped is told how many records are lost.
func newSender(client *http.Client, endpoint string, unsent []waiting, log *zap.Logger, dropped func(int)) *sender {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sender{
		client: client, url: otlphttp.URL(endpoint), log: log, dropped: dropped, cancel: cancel,
		refused: rate.Sometimes{Interval: time.Minute}, waiting: unsent,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	s.wake <- struct{}{}
	go s.run(ctx)
	return s
}

// add queues a record. It never blocks: the oldest gives way.
func (s *sender) add(r *scraperecord.Record) {
	if old := s.queue(r, time.Now()); old > 0 {
		s.dropped(old)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// queue returns how many records had to give way. After the end it is this one.
func (s *sender) queue(r *scraperecord.Record, now time.Time) (old int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 1
	}
	s.waiting = append(s.waiting, waiting{r, now})
	old = max(0, len(s.waiting)-maxWaiting)
	for old < len(s.waiting) && now.Sub(s.waiting[old].since) > keepRecords {
		old++
	}
	s.waiting = s.waiting[old:]
	return old
}

func (s *sender) run(ctx context.Context) {
	defer close(s.done)
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = time.Second, 30*time.Second
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		}
		for s.sendSome(ctx, wait) {
		}
	}
}

// sendSome sends the oldest records; false when there are none left.
func (s *sender) sendSome(ctx context.Context, wait *backoff.ExponentialBackOff) bool {
	batch := s.oldest()
	if len(batch) == 0 || s.stopped() {
		return false
	}
	if err := s.deliver(ctx, batch); err != nil {
		s.log.Warn("records of scrapes could not be sent, they wait", zap.Int("records", len(batch)), zap.Error(err))
		select {
		case <-s.stop:
		case <-time.After(wait.NextBackOff()):
		}
		return true
	}
	wait.Reset()
	return true
}

// deliver sends a batch. One that the server will never take is dropped, so
// that it does not hold up those behind it; any other error leaves it waiting.
func (s *sender) deliver(ctx context.Context, batch []waiting) error {
	err := s.post(ctx, batch)
	var answer *otlphttp.StatusError
	if errors.As(err, &answer) && answer.Permanent() {
		s.dropped(s.remove(batch))
		s.refused.Do(func() {
			s.log.Error("the server refuses records of scrapes, they are dropped; check records::endpoint and its headers",
				zap.Int("records", len(batch)), zap.Error(err))
		})
		return nil
	}
	if err == nil {
		s.remove(batch)
	}
	return err
}

func (s *sender) oldest() []waiting {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]waiting(nil), s.waiting[:min(len(s.waiting), sendAtOnce)]...)
}

// remove takes a batch out and returns how many records that were: the others
// had to give way meanwhile.
func (s *sender) remove(batch []waiting) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := batch[len(batch)-1]
	for i, w := range s.waiting[:min(len(s.waiting), len(batch))] {
		if w.record == last.record {
			s.waiting = s.waiting[i+1:]
			return i + 1
		}
	}
	return 0
}

func (s *sender) post(ctx context.Context, batch []waiting) error {
	md := pmetric.NewMetrics()
	for _, w := range batch {
		scraperecord.Encode(w.record, md.ResourceMetrics())
	}
	return otlphttp.Post(ctx, s.client, s.url, md)
}

func (s *sender) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// shutdown lets the request under way end, sends what still waits, once, and
// ends the sender. It returns what could not be sent, which is the caller's.
func (s *sender) shutdown(ctx context.Context) (unsent []waiting) {
	ctx, cancel := context.WithTimeout(ctx, lastWord)
	defer cancel()
	defer s.cancel()
	close(s.stop)
	unhook := context.AfterFunc(ctx, s.cancel)
	<-s.done
	unhook()
	for batch := s.oldest(); len(batch) > 0; batch = s.oldest() {
		if err := s.deliver(ctx, batch); err != nil {
			s.log.Warn("records of scrapes could not be sent at the end; a meter of the same id sends them, if there is one within ten minutes", zap.Error(err))
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.waiting
}
