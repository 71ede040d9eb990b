package procread

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Settings say what a Reader reads.
type Settings struct {
	// Want has the files to read besides stat. Without StatmFile, memory is as
	// in stat.
	Want File
	// Total asks for the host's memory.
	Total bool
	// Match says which processes are visited, by their name; nil: all. It is
	// asked when a name is new.
	Match func(name string) bool
	// Delay is how old a process must be to be visited.
	Delay time.Duration
	// Refresh is for how long attributes and the names of users are believed.
	// 0: for one scrape.
	Refresh time.Duration
	// Keep is how many files may stay open from scrape to scrape; half of the
	// program's limit at most. For each the kernel needs 4.4 KiB.
	Keep int
}

// Reader reads the processes of a host. It is for one goroutine.
type Reader struct {
	settings Settings
	now      func() time.Time

	files  *files
	host   Host
	owners *owners
	known  map[int32]*Process
	scrape uint64
	tally  Tally
	rest   Unattributed

	pids    []int32 // of this scrape
	entries []int32 // of a folder of the process being read
	name    []byte  // of it, as stat has it
}

// Open returns a Reader of the host whose root directory this is. It has to be
// closed.
func Open(root string, s Settings) (*Reader, error) {
	f, err := openFiles(filepath.Join(root, "proc"), s.Keep)
	if err != nil {
		return nil, err
	}
	r := &Reader{settings: s, now: time.Now, files: f, owners: newOwners(), known: map[int32]*Process{}}
	f.giveBack = r.giveBack
	return r, nil
}

// Close ends the Reader.
func (r *Reader) Close() error {
	for _, p := range r.known {
		r.let(p)
	}
	return r.files.close()
}

// Host returns what the latest scrape saw of the host.
func (r *Reader) Host() Host { return r.host }

// Unattributed returns the CPU time that no process shows, as of the latest
// scrape.
func (r *Reader) Unattributed() Unattributed { return r.rest }

// Tracked returns how many processes are remembered.
func (r *Reader) Tracked() int { return len(r.known) }

// Scrape calls visit with every process, in the order of /proc. An error says that
// the host could not be read; that a process could not is in the Tally.
func (r *Reader) Scrape(visit func(*Process)) (Tally, error) {
	r.scrape++
	r.tally = Tally{}
	if err := r.readHost(); err != nil {
		return r.tally, err
	}
	for _, pid := range r.pids {
		if p := r.process(pid); p != nil {
			r.tally.Visited++
			visit(p)
			p.Before = p.CPU()
		}
	}
	r.rest.settle()
	r.forget()
	return r.tally, nil
}

func (r *Reader) readHost() (err error) {
	if err := r.hostFile("stat", r.host.parseStat); err != nil {
		return err
	}
	if r.settings.Total {
		if err := r.hostFile("meminfo", r.host.parseMeminfo); err != nil {
			return err
		}
	}
	if r.pids, err = r.files.pids(r.pids[:0]); err != nil {
		return fmt.Errorf("list the processes in /proc: %w", err)
	}
	now := r.now().UnixNano()
	r.rest.begin(r.host, now)
	r.owners.forget(now, int64(r.settings.Refresh))
	return nil
}

func (r *Reader) hostFile(name string, parse func([]byte) error) error {
	text, err := r.files.readHost(name)
	if err == nil {
		err = parse(text)
	}
	if err != nil {
		return fmt.Errorf("read /proc/%s: %w; is /proc mounted there?", name, err)
	}
	return nil
}

// process reads a process. It returns nil if it is not to be visited. One whose
// stat cannot be read now is not forgotten, or its account would begin anew.
func (r *Reader) process(pid int32) *Process {
	p := r.known[pid]
	if p == nil {
		p = &Process{PID: pid}
		r.known[pid] = p
	}
	s, err := r.readStat(p)
	if err != nil {
		if r.fail(pid, StatFile, err) && p.scrape != 0 {
			p.scrape = r.scrape
		}
		return nil
	}
	r.see(p, &s)
	if !p.valid(&s, p.At) && !r.describe(p, &s) {
		return nil
	}
	if p.refused {
		r.rest.shows(p)
		return nil
	}
	if p.At-p.Born < int64(r.settings.Delay) || !r.measure(p) {
		return nil
	}
	r.rest.shows(p)
	return p
}

// readStat reads the stat file of a process, or of the one that was given its
// PID meanwhile.
func (r *Reader) readStat(p *Process) (s Stat, err error) {
	text, err := r.files.readKept(&p.stat, p.PID, "stat")
	if p.scrape != 0 && errors.Is(err, unix.ESRCH) {
		r.renew(p)
		text, err = r.files.readKept(&p.stat, p.PID, "stat")
	}
	if err == nil {
		err = s.Parse(text)
	}
	return s, err
}

// see brings a process up to this scrape. One that was born at another time is
// another one.
func (r *Reader) see(p *Process, s *Stat) {
	if p.scrape != 0 && p.Stat.Start != s.Start {
		r.renew(p)
	}
	isNew := p.scrape == 0
	p.scrape = r.scrape
	p.At = r.now().UnixNano()
	p.Born = r.host.born(s.Start)
	p.Stat = *s
	p.Stat.Name = nil // the next file takes its place
	if isNew {
		r.rest.meet(p)
	}
	p.Memory = Memory{Virtual: s.Virtual, Resident: s.Resident * pageSize}
}

// giveBack closes all files that are kept, and keeps half as many from now on:
// the program needs its descriptors for something else.
func (r *Reader) giveBack() {
	were := r.files.most - r.files.room
	for _, p := range r.known {
		r.let(p)
	}
	r.files.halve(were)
}

// renew forgets all of a process but its PID.
func (r *Reader) renew(p *Process) {
	r.let(p)
	*p = Process{PID: p.PID}
}

// let closes the files of a process.
func (r *Reader) let(p *Process) {
	for _, k := range []*kept{&p.stat, &p.statm, &p.io} {
		r.files.let(k)
	}
}

// fail counts a file that could not be read. It reports whether the process is
// still there: one that ended has no files, but neither has every kernel each.
func (r *Reader) fail(pid int32, file File, err error) bool {
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) && !r.files.exists(pid) {
		r.tally.Vanished++
		return false
	}
	r.tally.fail(pid, file, err)
	return true
}

// wants reports whether a file is to be read.
func (r *Reader) wants(f File) bool { return r.settings.Want.Has(f) }

// forget drops what is known of processes that this scrape did not see.
func (r *Reader) forget() {
	for pid, p := range r.known {
		if p.scrape != r.scrape {
			r.let(p)
			delete(r.known, pid)
		}
	}
}
