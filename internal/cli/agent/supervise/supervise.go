package supervise

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Settings says what to run, and how to be told to end.
type Settings struct {
	// Program is the path of the program, and Args are its arguments.
	Program string
	Args    []string
	// Signals are forwarded to the program. SIGTERM and SIGINT tell it to end:
	// then it is not started again.
	Signals <-chan os.Signal
	// Say takes a sentence about every end and every start. It may not be nil.
	Say func(sentence string)

	firstWait, longestWait time.Duration // 0: those of the package
}

// ending is how a program ended.
type ending struct {
	code int    // as a shell has it: 128 and the signal's number for a signal
	why  string // such as "exit status 1"
}

// Run keeps the program running until it is told to end, and returns the code
// that it ended with then. Its output is that of this process. The error is that
// it could not even be started the first time.
func Run(s Settings) (code int, err error) {
	// What the kernel does to a child when its parent's thread ends must not
	// happen when the runtime ends a thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if s.firstWait == 0 {
		s.firstWait, s.longestWait = firstWait, longestWait
	}
	children, stop := newChildren()
	defer stop()
	r := &run{Settings: s, children: children, waits: backoff{first: s.firstWait, longest: s.longestWait}}
	return r.run()
}

// run is a program that is kept running.
type run struct {
	Settings
	children *children
	waits    backoff
	toldTo   bool // end
}

func (r *run) run() (code int, err error) {
	for starts := 1; ; starts++ {
		began := time.Now()
		last, err := r.once()
		switch {
		case err != nil && starts == 1:
			return 0, fmt.Errorf("start %s: %w; give the path of a program behind --", r.Program, err)
		case err != nil: // it was there before, and may be again
			last = ending{code: 127, why: err.Error()}
		}
		if r.toldTo {
			r.Say(fmt.Sprintf("%s was told to end, and did: %s", r.name(), last.why))
			return last.code, nil
		}
		ran := time.Since(began)
		wait := r.waits.after(ran)
		r.Say(fmt.Sprintf("%s ended after %s: %s; it is started again in %s", r.name(), ran.Round(10*time.Millisecond), last.why, wait))
		if !r.pause(wait) {
			return last.code, nil
		}
	}
}

func (r *run) name() string { return filepath.Base(r.Program) }

// once starts the program and waits for its end. Signals that come are
// forwarded.
func (r *run) once() (ending, error) {
	pid, ended, err := r.children.start(r.Program, r.Args)
	if err != nil {
		return ending{}, err
	}
	r.Say(fmt.Sprintf("%s runs as process %d", r.name(), pid))
	for {
		select {
		case e := <-ended:
			return e, nil
		case sig := <-r.Signals:
			r.toldTo = r.toldTo || tellsToEnd(sig)
			forward(pid, sig)
		}
	}
}

// pause waits for the next start, and reports whether there is to be one.
func (r *run) pause(wait time.Duration) bool {
	over := time.After(wait)
	for {
		select {
		case <-over:
			return true
		case sig := <-r.Signals:
			if tellsToEnd(sig) {
				return false
			}
		}
	}
}

func tellsToEnd(sig os.Signal) bool { return sig == syscall.SIGTERM || sig == os.Interrupt }
