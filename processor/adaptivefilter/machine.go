package adaptivefilter

import (
	"cmp"
	"context"
	"os"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/common"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/process"
)

// machine is the one that this collector runs on.
type machine struct {
	// is reports whether a host of the input is this machine.
	is func(host string) bool
	// read returns what its cores have spent their time on, own what this
	// collector has used, in seconds; false if that cannot be read.
	read func() (cpuReading, bool)
	own  func() (seconds float64, ok bool)
}

func thisMachine() machine {
	name, _ := os.Hostname()
	id, _ := os.ReadFile("/etc/machine-id")
	return machine{
		is:   func(host string) bool { return names(host, name, strings.TrimSpace(string(id))) },
		read: readMachine, own: readSelf,
	}
}

// names reports whether a host's name can only be that of the machine with
// this name and id: host.id, host.name, either with or without its domain, or
// none, as it is directly behind the receiver.
func names(host, name, id string) bool {
	short, _, _ := strings.Cut(host, ".")
	own, _, _ := strings.Cut(name, ".")
	return host == "" || host == id || host == name || (name != "" && (short == name || host == own))
}

func readMachine() (cpuReading, bool) {
	all, err := cpu.Times(false)
	if err != nil || len(all) != 1 {
		return cpuReading{}, false
	}
	t := all[0]
	busy := t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal
	return cpuReading{kind: sinceBoot, busy: busy, total: busy + t.Idle + t.Iowait, series: 1}, true
}

// readSelf looks for this process where it sees itself, even if HOST_PROC tells
// the scrapers of another place.
func readSelf() (seconds float64, ok bool) {
	ctx := context.WithValue(context.Background(), common.EnvKey, common.EnvMap{common.HostProcEnvKey: "/proc"})
	self := &process.Process{Pid: int32(os.Getpid())}
	t, err := self.TimesWithContext(ctx)
	if err != nil {
		return 0, false
	}
	return t.User + t.System, true
}

// hostCPU finds the CPU load of one host: from what the batch says of it, else
// from this machine, if that is the host.
type hostCPU struct{ given, read busyness }

// load returns the load since the scrape before, or missing. Given is what the
// batch says, if it says anything.
func (c *hostCPU) load(host string, given *cpuReading, m machine) float64 {
	here := m.is(host)
	var r cpuReading
	from := &c.given
	switch {
	case given != nil:
		r = *given
	case here:
		var ok bool
		if r, ok = m.read(); !ok {
			return missing
		}
		from = &c.read
	default:
		return missing
	}
	if here {
		r.own, _ = m.own()
		r.at = cmp.Or(r.at, float64(time.Now().UnixNano())/1e9)
	}
	return from.load(r)
}
