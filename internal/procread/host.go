package procread

import "bytes"

// Host is what /proc says of the whole host.
type Host struct {
	Boot   int64  // s since 1970
	Cores  int    // that are online
	Memory uint64 // bytes; 0 if Settings.Total is off
	// CPU is what all cores used since the boot for processes, guests among
	// them, and for interrupts, of which most are charged to the process that
	// they hit. Idle cores, waiting for disks and what the hypervisor stole are
	// not in it.
	CPU Ticks
}

// steady is by how many seconds the time of boot may change without that the
// clock was set: the kernel rounds it.
const steady = 1

// parseStat reads /proc/stat. The time of boot moves only when the clock was
// set, so that processes do not seem to be born anew.
func (h *Host) parseStat(text []byte) error {
	boot, _, err := labelled(text, "btime")
	if err != nil {
		return err
	}
	if moved := int64(boot) - h.Boot; moved < -steady || moved > steady {
		h.Boot = int64(boot)
	}
	h.Cores = cores(text)
	h.CPU = cpu(text)
	return nil
}

// cpu reads the line of all cores: "cpu" and the ticks of user, nice, system,
// idle, iowait, irq and softirq. User and nice include the time of guests, as
// those of processes do. What is missing is 0.
func cpu(text []byte) Ticks {
	const user, nice, system, irq, softirq, all = 0, 1, 2, 5, 6, 7
	at := lineOf(text, "cpu ")
	if at < 0 {
		return Ticks{}
	}
	rest, n := text[at+len("cpu"):], [all]uint64{}
	for i := range n {
		var ok bool
		if n[i], rest, ok = number(bytes.TrimLeft(rest, " ")); !ok {
			break
		}
	}
	return Ticks{User: n[user] + n[nice], System: n[system] + n[irq] + n[softirq]}
}

// cores counts the lines of the form "cpu0 …".
func cores(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if len(line) > 3 && string(line[:3]) == "cpu" && line[3]-'0' <= 9 {
			n++
		}
	}
	return n
}

// parseMeminfo reads /proc/meminfo.
func (h *Host) parseMeminfo(text []byte) error {
	kibibytes, _, err := labelled(text, "MemTotal:")
	if err != nil {
		return err
	}
	h.Memory = kibibytes << 10
	return nil
}

// born returns when a process was created, in ns since 1970, to the
// millisecond.
func (h *Host) born(ticks uint64) int64 {
	const ms = 1e6
	return (int64(ticks)*1000/TicksPerSecond + h.Boot*1000) * ms
}
