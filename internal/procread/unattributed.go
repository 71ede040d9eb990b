package procread

const second = 1e9 // ns

// Ticks is CPU time, of a process or of all cores of a host.
type Ticks struct{ User, System uint64 }

// Unattributed is the CPU time of a host that none of its processes shows: of
// those that came and went between two scrapes, the last part of each that
// ended, and interrupts that no process was charged with.
//
// It is what the host's cores used since the first scrape less what the
// processes did. A process that is born later brings all that it used. Those
// that Settings.Match refuses count as the others do; one that is too young to
// be visited does once it is visited.
//
// It never falls. The kernel counts the host's time and a process's apart, and
// both are read at different moments, so that the processes may be ahead: what
// is too much then is taken from what comes next. The host's user and system
// time are told apart by samples, so a debt of the one is paid by the other: the
// sum of both is right first.
type Unattributed struct {
	// Since and At are when the first scrape was and the latest, in ns since
	// 1970. Since moves when the clock is set, as births do.
	Since, At int64
	Ticks     // found from Since until At

	first bool  // scrape
	age   int64 // ns from the host's boot to the first scrape
	host  Ticks // at At
	open  balance
}

// balance is what was found and is not yet in Ticks; a debt if it is negative.
type balance struct{ user, system int64 }

// begin takes what a host's cores used until now. The first time it only notes
// it.
func (u *Unattributed) begin(h Host, now int64) {
	boot := h.Boot * second
	if u.first = u.At == 0; u.first {
		u.age, u.host = now-boot, h.CPU
	}
	u.open.user += grown(u.host.User, h.CPU.User)
	u.open.system += grown(u.host.System, h.CPU.System)
	u.Since, u.At, u.host = boot+u.age, now, h.CPU
}

// meet notes what a process used that is seen for the first time, if that was
// not all since Since.
func (u *Unattributed) meet(p *Process) {
	if u.first || p.Born < u.Since-steady*second {
		p.counted = p.ticks()
	}
}

// shows takes what a process used since it was counted last.
func (u *Unattributed) shows(p *Process) {
	now := p.ticks()
	u.open.user -= grown(p.counted.User, now.User)
	u.open.system -= grown(p.counted.System, now.System)
	p.counted = now
}

// settle moves what was found to Ticks, once all processes are counted.
func (u *Unattributed) settle() {
	found := u.open
	switch {
	case found.user+found.system <= 0:
		return
	case found.user < 0:
		found = balance{0, found.user + found.system}
	case found.system < 0:
		found = balance{found.user + found.system, 0}
	}
	u.User += uint64(found.user)
	u.System += uint64(found.system)
	u.open.user -= found.user
	u.open.system -= found.system
}

// grown returns by how much a counter grew. One that fell began anew, at an
// unknown time.
func grown(before, now uint64) int64 {
	if now < before {
		return 0
	}
	return int64(now - before)
}
