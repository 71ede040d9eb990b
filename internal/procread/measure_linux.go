package procread

import (
	"errors"

	"golang.org/x/sys/unix"
)

// measure reads what is wanted of a process at each scrape. It reports whether
// the process is still there.
func (r *Reader) measure(p *Process) bool {
	p.Known = p.read | StatFile
	for _, m := range measures {
		if !r.wants(m.file) {
			continue
		}
		if err := m.read(r, p); err == nil {
			p.Known |= m.file
		} else if !r.fail(p.PID, m.file, err) {
			return false
		}
	}
	return true
}

// measures are the files that change all the time, and how to read them.
var measures = []struct {
	file File
	read func(*Reader, *Process) error
}{
	{StatmFile, (*Reader).readMemory},
	{IOFile, (*Reader).readIO},
	{StatusFile, (*Reader).readPending},
	{FDFolder, (*Reader).countDescriptors},
	{TaskFolder, (*Reader).sumSwitches},
}

func (r *Reader) readMemory(p *Process) error {
	text, err := r.files.readKept(&p.statm, p.PID, "statm")
	if err != nil {
		return err
	}
	return p.Memory.Parse(text)
}

func (r *Reader) readIO(p *Process) error {
	text, err := r.files.readKept(&p.io, p.PID, "io")
	if err != nil {
		return err
	}
	return p.IO.Parse(text)
}

func (r *Reader) readPending(p *Process) error {
	var s Status
	err := r.readStatus(p, &s)
	p.Pending = s.Pending
	return err
}

func (r *Reader) countDescriptors(p *Process) (err error) {
	r.entries, err = r.files.folder(p.PID, "fd", r.entries[:0])
	p.Descriptors = len(r.entries)
	return err
}

// sumSwitches sums the context switches of all threads that a process has.
// Those that ended took theirs with them.
func (r *Reader) sumSwitches(p *Process) (err error) {
	p.Switches = Switches{}
	if r.entries, err = r.files.folder(p.PID, "task", r.entries[:0]); err != nil {
		return err
	}
	for _, tid := range r.entries {
		if err := r.addSwitches(p, tid); err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

func (r *Reader) addSwitches(p *Process, tid int32) error {
	text, err := r.files.readThread(p.PID, tid, "status")
	if err != nil {
		return err
	}
	var s Switches
	if err := s.Parse(text); err != nil {
		return err
	}
	p.Switches.Voluntary += s.Voluntary
	p.Switches.Involuntary += s.Involuntary
	return nil
}
