package procread

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// describe reads the attributes of a process. It reports whether the process is
// still there. Texts that did not change are not made again.
func (r *Reader) describe(p *Process, s *Stat) bool {
	r.tally.AttributeReads++
	r.name = append(r.name[:0], s.Name...)
	a := &p.Attributes
	a.read, a.program, a.expires = 0, s.program, r.expiry(p)
	set(&a.kernel, r.name)
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

// set changes a text, unless it is the same.
func set(text *string, to []byte) {
	if *text != string(to) {
		*text = string(to)
	}
}

func (r *Reader) readName(p *Process) bool {
	var command []byte
	if r.wants(CmdlineFile) || !isShort(r.name) {
		text, err := r.files.read(p.PID, "cmdline")
		if err != nil && !r.fail(p.PID, CmdlineFile, err) {
			return false
		}
		if err == nil {
			var line []byte
			command, line = commandLine(text)
			p.read |= CmdlineFile
			set(&p.Command, command)
			set(&p.CommandLine, line)
		}
	}
	if name := completed(r.name, string(command)); name != p.Name {
		p.Name = name
	}
	return true
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
	if err != nil {
		return r.fail(p.PID, ExeFile, err)
	}
	p.read |= ExeFile
	set(&p.Path, path)
	return true
}

func (r *Reader) readCgroup(p *Process) bool {
	if !r.wants(CgroupFile) {
		return true
	}
	text, err := r.files.read(p.PID, "cgroup")
	if err != nil {
		return r.fail(p.PID, CgroupFile, err)
	}
	p.read |= CgroupFile
	set(&p.Cgroup, bytes.TrimSuffix(text, []byte{'\n'}))
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
