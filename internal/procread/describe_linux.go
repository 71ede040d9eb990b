package procread

import (
	"bytes"
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// describe reads the attributes of a process. It reports whether the process is
// still there. Texts that did not change are not made again; what cannot be read
// is empty, and not what the program before had.
func (r *Reader) describe(p *Process, s *Stat) bool {
	r.tally.AttributeReads++
	r.name = append(r.name[:0], s.Name...)
	a := &p.Attributes
	a.read, a.program, a.made, a.expires = 0, s.program, p.At, r.expiry(p)
	if a.kernel != string(r.name) {
		a.kernel = string(r.name)
	}
	if !r.readName(p) {
		return false
	}
	a.refused = r.settings.Match != nil && !r.settings.Match(a.Name)
	return a.refused || r.readPath(p) && r.readCgroup(p) && r.readOwner(p)
}

// expiry returns when a process's attributes are to be read again: after half
// of the time that they are believed or later, by the PID, so that not all are
// read in one scrape.
func (r *Reader) expiry(p *Process) int64 {
	half := int64(r.settings.Refresh) / 2
	return p.At + half + half/64*int64(p.PID%64)
}

// set changes a text, unless it is the same. Attributes are UTF-8; what is not
// in names and arguments, which may have any bytes, becomes U+FFFD.
func set(text *string, to []byte) {
	if *text != string(to) {
		*text = strings.ToValidUTF8(string(to), "\uFFFD")
	}
}

func (r *Reader) readName(p *Process) bool {
	if isEscaped(r.name) {
		r.readComm(p)
	}
	var command []byte
	if r.wants(CmdlineFile) || !isShort(r.name) {
		text, err := r.files.read(p.PID, "cmdline")
		if err != nil && !r.fail(p.PID, CmdlineFile, err) {
			return false
		}
		if err == nil {
			p.read |= CmdlineFile
		}
		var line []byte
		command, line = commandLine(text)
		set(&p.Command, command)
		set(&p.CommandLine, line)
	}
	set(&p.Name, completed(r.name, command))
	return true
}

// readComm takes the name from comm, where nothing is escaped. Without comm it
// is as it stands in stat.
func (r *Reader) readComm(p *Process) {
	if text, err := r.files.read(p.PID, "comm"); err == nil {
		r.name = append(r.name[:0], bytes.TrimSuffix(text, []byte{'\n'})...)
	}
}

// readPath reads the path of the executable. Kernel threads, and processes that
// ended and were not waited for, have none.
func (r *Reader) readPath(p *Process) bool {
	if !r.wants(ExeFile) {
		return true
	}
	path, err := r.files.link(p.PID, "exe")
	if errors.Is(err, unix.ENOENT) && r.files.exists(p.PID) {
		path, err = nil, nil
	}
	set(&p.Path, path)
	if err != nil {
		return r.fail(p.PID, ExeFile, err)
	}
	p.read |= ExeFile
	return true
}

func (r *Reader) readCgroup(p *Process) bool {
	if !r.wants(CgroupFile) {
		return true
	}
	text, err := r.files.read(p.PID, "cgroup")
	if text = bytes.TrimSuffix(text, []byte{'\n'}); p.Cgroup != string(text) {
		set(&p.Cgroup, text)
		p.Container, p.Pod = container(p.Cgroup)
	}
	if err != nil {
		return r.fail(p.PID, CgroupFile, err)
	}
	p.read |= CgroupFile
	return true
}

func (r *Reader) readOwner(p *Process) bool {
	if !r.wants(OwnerName) {
		return true
	}
	var s Status
	if err := r.readStatus(p, &s); err != nil {
		return r.fail(p.PID, StatusFile, err)
	}
	name, err := r.owners.name(s.UID)
	if err != nil {
		return r.fail(p.PID, OwnerName, err)
	}
	p.read |= OwnerName
	p.Owner = name
	return true
}

func (r *Reader) readStatus(p *Process, s *Status) error {
	text, err := r.files.read(p.PID, "status")
	if err != nil {
		return err
	}
	return s.Parse(text)
}
