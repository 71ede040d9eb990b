package processtest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// Simulation makes scrapes of simulated hosts on which everything happens that
// happens on real ones, and some things that only an attacker would do.
type Simulation struct {
	Hosts []*Host
	now   int64
}

// Host is a simulated host.
type Host struct {
	Name    string
	Live    []*Simulated // the processes that did not end
	nextPID int64
}

// Simulated is a process of a simulated host.
type Simulated struct {
	PID      int64
	Start    int64 // of its life, in nanoseconds
	Name     string
	Title    string // what it calls itself
	Critical bool
	Absent   int // scrapes for which it cannot be read

	user    float64
	system  float64
	read    int64
	written int64
	memory  int64
	noIO    bool // the scraper may not read its I/O
}

// ScrapeStart is the time of a simulation's first scrape in nanoseconds. It is
// later than any test's own start, so that a consumer which believes start
// times takes every start for later than its own.
const ScrapeStart = int64(4e18)

// NewSimulation draws hosts and the processes that run on them before the first
// scrape.
func NewSimulation(t *rapid.T) *Simulation {
	s := &Simulation{now: ScrapeStart}
	for i := range rapid.IntRange(1, 2).Draw(t, "hosts") {
		h := &Host{Name: fmt.Sprintf("host-%d", i), nextPID: 1}
		for range rapid.IntRange(0, 12).Draw(t, "processes") {
			h.spawn(t, s.now-rapid.Int64Range(int64(3e9), int64(1e13)).Draw(t, "age"))
		}
		s.Hosts = append(s.Hosts, h)
	}
	return s
}

func (h *Host) spawn(t *rapid.T, start int64) {
	p := &Simulated{
		PID: h.nextPID, Start: start,
		Name:     rapid.SampledFrom([]string{"nginx", "postgres", "java", "sh"}).Draw(t, "name"),
		Critical: rapid.IntRange(0, 9).Draw(t, "critical") == 0,
		noIO:     rapid.IntRange(0, 4).Draw(t, "noIO") == 0,
	}
	h.nextPID++
	p.work(t, 1000)
	h.Live = append(h.Live, p)
}

// work lets a process use resources.
func (p *Simulated) work(t *rapid.T, scale float64) {
	if rapid.IntRange(0, 2).Draw(t, "idle") == 0 {
		return
	}
	p.user += rapid.Float64Range(0, scale).Draw(t, "user")
	p.system += rapid.Float64Range(0, scale/10).Draw(t, "system")
	p.read += rapid.Int64Range(0, int64(scale*1e6)).Draw(t, "read")
	p.written += rapid.Int64Range(0, int64(scale*1e6)).Draw(t, "written")
	p.memory = rapid.Int64Range(0, 1<<33).Draw(t, "memory")
}

// Step lets time pass: processes work, begin, end, change, hand on their PID.
func (s *Simulation) Step(t *rapid.T) {
	s.now += rapid.Int64Range(int64(3e9), int64(3e10)).Draw(t, "interval")
	for _, h := range s.Hosts {
		for _, p := range slices.Clone(h.Live) {
			p.work(t, 10)
			p.Absent = max(p.Absent-1, 0)
			h.event(t, p, s.now)
		}
		for range rapid.IntRange(0, 2).Draw(t, "births") {
			h.spawn(t, s.now-rapid.Int64Range(0, int64(3e9)).Draw(t, "youth"))
		}
	}
}

// event lets something happen to a process, most often nothing.
func (h *Host) event(t *rapid.T, p *Simulated, now int64) {
	switch rapid.IntRange(0, 30).Draw(t, "event") {
	case 0, 1:
		h.Live = slices.DeleteFunc(h.Live, func(o *Simulated) bool { return o == p })
	case 2: // the PID comes back
		p.Start, p.user, p.system, p.read, p.written = now-int64(1e9), 0.5, 0, 10, 0
		p.Name = rapid.SampledFrom([]string{p.Name, "cron"}).Draw(t, "heir")
	case 3: // exec
		p.Name = rapid.SampledFrom([]string{"nginx", "java"}).Draw(t, "exec")
	case 4: // setproctitle
		p.Title = rapid.StringMatching("[a-c]").Draw(t, "title")
	case 5: // a counter begins anew
		p.user, p.read = p.user/rapid.Float64Range(1, 100).Draw(t, "reset"), p.read/3
	case 6:
		p.Absent = rapid.IntRange(1, 4).Draw(t, "absent")
	case 7:
		p.noIO = !p.noIO
	case 8: // a small step back, as clocks of the kernel make
		p.system *= 0.995
	}
}
