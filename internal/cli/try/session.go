package try

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

const (
	// startUp is how long a collector may take to begin its first scrape.
	startUp = 5 * time.Second
	// silentScrapes is after how many intervals without a scrape it is said
	// what to look at.
	silentScrapes = 3
	// reasonPatience is how long log records may be behind a scrape's record.
	reasonPatience = 250 * time.Millisecond
)

// session is one run of a collector.
type session struct {
	opts     Options
	view     view
	notes    *notes
	host     string
	records  *recordServer
	endpoint *endpoint
	reasons  *reasons
	usage    *usage
	child    *childcollector.Collector

	before  *reading // of the scrape before
	last    time.Time
	summary summary
}

// Run tries a template until ctx is done, the duration is over or the collector
// ends by itself, which is an error.
func Run(ctx context.Context, o Options, stdout, stderr io.Writer) error {
	s := &session{opts: o, notes: newNotes(stderr), reasons: newReasons(), before: &reading{}}
	s.view = newView(o, stdout, stderr)
	s.host, _ = os.Hostname() // only shown
	if err := s.start(); err != nil {
		return err
	}
	err := s.show(ctx)
	if stop := s.stop(); err == nil {
		err = stop
	}
	if errors.Is(err, syscall.EPIPE) { // nobody reads any more
		return nil
	}
	return err
}

// start runs the collector.
func (s *session) start() error {
	binary, err := findCollector(s.opts.Collector)
	if err != nil {
		return err
	}
	listen, err := reserve(s.opts.Listen)
	if err != nil {
		return err
	}
	if s.records, err = listenForRecords(); err != nil {
		return err
	}
	s.endpoint = newEndpoint(listen, s.opts.Interval)
	config, err := configure(s.opts, wiring{listen: listen, records: s.records.url, interval: s.opts.Interval})
	if err != nil {
		s.records.close()
		return err
	}
	s.summary.Begun = time.Now()
	s.child, err = childcollector.Start(childcollector.Settings{Binary: binary, Config: config, Log: s.log})
	if err != nil {
		s.records.close()
		return fmt.Errorf("%w; --collector %s has to be an otelcol-phoenix for this machine", err, binary)
	}
	return nil
}

// stop ends the collector, and says what there was.
func (s *session) stop() error {
	err := s.child.Stop(context.Background())
	s.records.close()
	s.endpoint.client.CloseIdleConnections()
	return errors.Join(err, s.view.end(&s.summary))
}

// show shows scrapes until there is a reason to end.
func (s *session) show(ctx context.Context) error {
	if err := s.view.begin(s.host, s.endpoint.url); err != nil {
		return err
	}
	var over <-chan time.Time
	if s.opts.Duration > 0 {
		over = time.After(s.opts.Duration)
	}
	silence := silentScrapes * s.opts.Interval
	silent := time.NewTimer(silence + startUp)
	defer silent.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-over:
			return s.nothing()
		case <-s.child.Done():
			return s.ended()
		case <-silent.C:
			s.notes.add("no scrape for " + silence.String() + ": " + s.lookAt())
		case record := <-s.records.records:
			silent.Reset(silence)
			if err := s.scrape(ctx, record); err != nil {
				return err
			}
		}
	}
}

// nothing is the error of a time that passed without a scrape.
func (s *session) nothing() error {
	if s.summary.Scrapes > 0 {
		return nil
	}
	return fmt.Errorf("no scrape in %s: raise --duration above --interval %s and the seconds that the collector takes to start; if it was long enough, %s",
		s.opts.Duration, s.opts.Interval, s.lookAt())
}

// ended is the error of a collector that ended by itself. The rest comes from
// stop.
func (s *session) ended() error {
	err := s.child.Err()
	if err == nil {
		err = errors.New("the collector ended by itself")
	}
	return fmt.Errorf("%w\n`phoenix try --print-config` with the same flags prints what it ran", err)
}

// lookAt is what to look at when no scrape comes.
func (s *session) lookAt() string {
	return fmt.Sprintf("the collector (PID %d) runs, but no process came through; a pattern in include_names that matches nothing, a host too busy to scrape in time, or the memory limit are the usual reasons",
		s.child.PID())
}

// log takes a record of the collector's log. Its warnings are shown if they
// are about the pipeline's processors, its errors always.
func (s *session) log(r childcollector.Record) {
	switch {
	case isTransition(r):
		s.reasons.add(r)
	case r.Level == "error" || r.Level == "fatal" || r.Level == "panic",
		r.Level == "warn" && r.Fields["otelcol.component.kind"] == "processor":
		s.notes.add("collector: " + logged(r))
	}
}

// logged is a log record's message with what it names.
func logged(r childcollector.Record) string {
	text := r.Message
	for _, key := range []string{"critical", "metric", "otelcol.component.id", "error"} {
		if v, ok := r.Fields[key].(string); ok && v != "" {
			text += fmt.Sprintf(" (%s: %s)", key, v)
		}
	}
	return text
}

// scrape shows one scrape.
func (s *session) scrape(ctx context.Context, record scraperecord.Record) error {
	if record.Role != scraperecord.RoleOutput || record.Variant != variant {
		return nil
	}
	now, err := s.endpoint.readAfter(ctx, s.last, record.Processes, record.Series)
	switch {
	case ctx.Err() != nil:
		return nil // the loop ends
	case err != nil:
		s.notes.add(err.Error())
		now = &reading{}
	}
	kept, changes := s.explain(now)
	shown := newScrape(record, now, s.before, kept)
	shown.changed(changes, now, s.before)
	s.remember(&shown, now)
	if shown.Host == "" {
		shown.Host = s.host
	}
	s.summary.add(s.measure(&shown))
	s.last = shown.Time
	return s.view.scrape(&shown)
}

// remember keeps what the next scrape is compared with: a reading that is not
// complete only takes out who left.
func (s *session) remember(shown *Scrape, now *reading) {
	for _, l := range shown.Left {
		delete(s.before.processes, l.PID)
		if l.Rule == ruleEnded {
			s.reasons.forget(l.PID)
		}
	}
	if shown.complete() {
		s.before = now
	}
}

// explain returns why processes are kept, by PID, and what has changed.
func (s *session) explain(now *reading) (map[int64]*Reason, changes) {
	for limit := time.Now().Add(reasonPatience); ; time.Sleep(endpointPause) {
		if s.reasons.know(now.processes) || time.Now().After(limit) {
			return s.reasons.take()
		}
	}
}

// measure adds what the collector itself uses, and the scrape's number.
func (s *session) measure(shown *Scrape) *Scrape {
	shown.Number = s.summary.Scrapes + 1
	shown.Collector.PID = s.child.PID()
	var err error
	if s.usage == nil {
		if s.usage, err = newUsage(s.child.PID(), s.summary.Begun); err != nil {
			s.notes.add(err.Error())
			return shown
		}
	}
	c := &shown.Collector
	if c.CPU, c.Average, c.Resident, err = s.usage.read(); err != nil {
		s.notes.add(err.Error())
	}
	return shown
}
