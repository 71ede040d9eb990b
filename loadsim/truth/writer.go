package truth

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Writer writes a run's truth. It is an observer of the run; what it has
// written is in the file a second later. It does not close the file.
type Writer struct {
	out    *bufio.Writer
	encode *json.Encoder
	err    error // the first
	failed func(error)
}

// NewWriter begins a truth. failed is called, once, when it can no longer be
// written; it may be nil.
func NewWriter(w io.Writer, failed func(error)) *Writer {
	out := bufio.NewWriterSize(w, 1<<16)
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	return &Writer{out: out, encode: encode, failed: failed}
}

// Begin writes the record of what is to be done.
func (w *Writer) Begin(p loadsim.Plan, l loadsim.Limits, folder string) error {
	w.write(Run{
		Kind: KindRun, Profile: p.Profile, Seed: p.Seed, Parameters: p.Parameters, Limits: l,
		Duration: p.Duration, Folder: folder, Start: time.Now(),
	})
	w.flush()
	return w.err
}

// Born writes a birth.
func (w *Writer) Born(l loadsim.Life) { w.write(Birth{Kind: KindBirth, Process: process(l)}) }

// Exited writes an exit.
func (w *Writer) Exited(l loadsim.Life) {
	e := Exit{
		Kind: KindExit, Process: process(l), End: l.Ended,
		CPUAskedSeconds: l.Asked.Seconds(), UserSeconds: l.Used.User.Seconds(), SystemSeconds: l.Used.System.Seconds(),
		PeakMemory: l.Used.PeakMemory, Status: l.Status,
	}
	if l.Err != nil {
		e.Error = l.Err.Error()
	}
	w.write(e)
}

// Failed writes a failure.
func (w *Writer) Failed(l loadsim.Life, err error) {
	w.write(Failure{Kind: KindFailure, Process: process(l), At: time.Now(), Error: fmt.Sprint(err)})
}

// Progress makes what was written readable.
func (w *Writer) Progress(loadsim.Progress) { w.flush() }

// End writes the summary, with the error that ended the run if there was one,
// and returns the first error of writing.
func (w *Writer) End(s loadsim.Summary, err error) error {
	record := Summary{Kind: KindSummary, End: time.Now(), Summary: s}
	if err != nil {
		record.Error = err.Error()
	}
	w.write(record)
	w.flush()
	return w.err
}

func (w *Writer) write(record any) {
	if w.err == nil {
		w.note(w.encode.Encode(record))
	}
}

func (w *Writer) flush() {
	if w.err == nil {
		w.note(w.out.Flush())
	}
}

func (w *Writer) note(err error) {
	if err == nil {
		return
	}
	w.err = errors.Join(errors.New("the truth cannot be written any more, and the run is worth nothing without"), err)
	if w.failed != nil {
		w.failed(w.err)
	}
}

func process(l loadsim.Life) Process {
	p := Process{
		ID: l.Process.ID, Name: l.Process.Comm(), Path: l.Process.Path, Args: l.Process.Args,
		PID: l.PID, ParentPID: l.Parent, CPUAsked: l.Process.Load.CPU(), Critical: l.Process.Critical,
	}
	if !l.Born.IsZero() {
		p.Start = &l.Born
	}
	return p
}
