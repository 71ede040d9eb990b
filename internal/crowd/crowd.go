//go:build linux

package crowd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Settings says how many processes there are and what they do.
type Settings struct {
	// Idle is how many processes sleep until Stop.
	Idle int
	// Busy is how many processes work until Stop. Each uses a share of a core
	// of its own, holds memory of its own (1 to 16 MiB) and writes to a file.
	Busy int
	// MinCPU and MaxCPU are the least and the greatest share of a core that a
	// busy process uses; 0 is 0.02 and 0.2. The shares between them are in
	// geometric progression.
	MinCPU, MaxCPU float64
	// Churn is how many processes are born each second. They live 0.2 to 5
	// seconds; if there are busy ones, every third of them works as well.
	Churn float64
	// Seed draws the memory and the lifetimes.
	Seed uint64
}

// Lifetimes of the processes of Settings.Churn.
const (
	minLife = 200 * time.Millisecond
	maxLife = 5 * time.Second
)

func (s *Settings) setDefaults() {
	if s.MinCPU == 0 {
		s.MinCPU = 0.02
	}
	if s.MaxCPU == 0 {
		s.MaxCPU = 0.2
	}
}

func (s Settings) validate() error {
	var errs []error
	if s.Idle < 0 || s.Busy < 0 {
		errs = append(errs, fmt.Errorf("idle %d, busy %d: a number of processes is 0 or more", s.Idle, s.Busy))
	}
	if !(s.Churn >= 0 && s.Churn <= 1000) {
		errs = append(errs, fmt.Errorf("churn %v: births per second are 0 to 1000", s.Churn))
	}
	if !(s.MinCPU > 0 && s.MinCPU <= s.MaxCPU && s.MaxCPU <= 1) {
		errs = append(errs, fmt.Errorf("CPU from %v to %v: shares of a core are above 0 and at most 1, the least first", s.MinCPU, s.MaxCPU))
	}
	if s.Busy > 0 && !asked {
		errs = append(errs, errors.New("busy processes need crowd.RunIfChild to be called first in main or TestMain"))
	}
	return errors.Join(errs...)
}

// Member is one process of a crowd.
type Member struct {
	PID  int
	Name string  // comm, which the process scraper calls process.executable.name
	CPU  float64 // share of a core that it uses; 0 if it sleeps
}

// Crowd is a number of running processes.
type Crowd struct {
	settings Settings
	spawner  spawner
	rand     *rand.Rand
	births   int
	cancel   context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex
	members map[int]Member // by PID: started and not yet waited for
}

// Start starts the idle and the busy processes and returns when all of them
// run under their names. The crowd ends with ctx, or when Stop is called, which
// the caller must do in either case. On an error nothing is left.
func Start(ctx context.Context, s Settings) (*Crowd, error) {
	s.setDefaults()
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("start processes: %w", err)
	}
	sp, err := newSpawner()
	if err != nil {
		return nil, fmt.Errorf("start processes: %w", err)
	}
	c := &Crowd{
		settings: s,
		spawner:  sp,
		rand:     rand.New(rand.NewPCG(s.Seed, 0)),
		done:     make(chan struct{}),
		members:  map[int]Member{},
	}
	ctx, c.cancel = context.WithCancel(ctx)
	started := make(chan error)
	go c.run(ctx, started)
	if err := <-started; err != nil {
		c.Stop()
		return nil, fmt.Errorf("start processes: %w", err)
	}
	return c, nil
}

// Members lists the processes that run now, by PID.
func (c *Crowd) Members() []Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Member, 0, len(c.members))
	for _, m := range c.members {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Member) int { return cmp.Compare(a.PID, b.PID) })
	return all
}

// PIDs lists the processes that run now.
func (c *Crowd) PIDs() []int {
	members := c.Members()
	pids := make([]int, len(members))
	for i, m := range members {
		pids[i] = m.PID
	}
	return pids
}

// Stop ends every process that the crowd started, waits until they are gone
// and removes its temporary folder. It may be called more than once.
func (c *Crowd) Stop() {
	c.cancel()
	<-c.done
}

// run starts and ends every child on one thread: the kernel ends a child of
// this kind with the thread that started it.
func (c *Crowd) run(ctx context.Context, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	defer c.endAll()

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	err := c.startLasting()
	started <- err
	if err != nil {
		return
	}
	var birth <-chan time.Time
	if c.settings.Churn > 0 {
		ticker := time.NewTicker(time.Duration(float64(time.Second) / c.settings.Churn))
		defer ticker.Stop()
		birth = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ended:
			c.reap()
		case <-birth:
			// A birth that fails, as when the host has no PIDs left, is made
			// up for by the next.
			_ = c.bear()
		}
	}
}

func (c *Crowd) startLasting() error {
	for i := range c.settings.Idle {
		if err := c.start(nameOf(idleNames, i), work{}, 0); err != nil {
			return err
		}
	}
	for i := range c.settings.Busy {
		w := work{
			CPU:    c.settings.share(i),
			Memory: 1<<20 + c.rand.IntN(15<<20),
			Write:  1 << (10 + i%8),
		}
		if err := c.start(nameOf(busyNames, i), w, 0); err != nil {
			return err
		}
	}
	return nil
}

// share is the share of a core that the i-th busy process uses, the greatest
// first.
func (s Settings) share(i int) float64 {
	if s.Busy == 1 {
		return s.MaxCPU
	}
	return s.MaxCPU * math.Pow(s.MinCPU/s.MaxCPU, float64(i)/float64(s.Busy-1))
}

// bear starts one short-lived process.
func (c *Crowd) bear() error {
	life := minLife + time.Duration(c.rand.Int64N(int64(maxLife-minLife)))
	var w work
	if c.settings.Busy > 0 && c.births%3 == 2 {
		w = work{CPU: c.settings.MaxCPU, Memory: 1 << 20}
	}
	name := birthNames[c.births%len(birthNames)]
	c.births++
	return c.start(name, w, life)
}

// start starts one process, which ends by itself after life, or stays if life
// is 0.
func (c *Crowd) start(name string, w work, life time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	pid, err := c.spawner.spawn(name, w, life)
	if err != nil {
		return err
	}
	c.members[pid] = Member{PID: pid, Name: name, CPU: w.CPU}
	return nil
}

// reap waits for those that have ended. Until then a PID cannot be another's.
func (c *Crowd) reap() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pid := range c.members {
		if wait(pid, syscall.WNOHANG) {
			delete(c.members, pid)
		}
	}
}

// endAll leaves nothing behind.
func (c *Crowd) endAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pid := range c.members {
		_ = syscall.Kill(pid, syscall.SIGKILL) // one that has ended is no error
	}
	for pid := range c.members {
		wait(pid, 0)
	}
	clear(c.members)
	c.spawner.close()
}
