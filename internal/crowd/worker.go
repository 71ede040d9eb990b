//go:build linux

package crowd

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"
)

// work is what a busy process does.
type work struct {
	CPU    float64       // share of a core
	Memory int           // bytes held
	Write  int           // bytes written each second
	Life   time.Duration // 0: until it is ended
}

// marker is the environment variable that says to a child what to do.
const marker = "PHOENIX_CROWD_WORK"

// asked says that this binary calls RunIfChild. Without it a child would run
// the whole program once more, children included.
var asked bool

// RunIfChild works and never returns if this process is a busy one of a crowd;
// else it does nothing. Call it first in main or TestMain.
func RunIfChild() {
	asked = true
	order := os.Getenv(marker)
	if order == "" {
		return
	}
	var w work
	if err := json.Unmarshal([]byte(order), &w); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", marker, err)
		os.Exit(2)
	}
	w.run()
	os.Exit(0)
}

// environment is all that a worker gets of it: its order, and a folder for
// its file.
func (w work) environment(folder string) []string {
	order, err := json.Marshal(w)
	if err != nil { // numbers always marshal
		panic(err)
	}
	return []string{marker + "=" + string(order), "TMPDIR=" + folder, "GOMAXPROCS=1"}
}

// period is how often a worker works.
const period = 100 * time.Millisecond

// run works until the life is over. CPU used is measured, not guessed: what
// the start of the process took counts as well. On a host that is too busy to
// give the share, a worker catches up by a second's worth at most.
func (w work) run() {
	held := make([]byte, w.Memory)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1 // a page is memory once it is written to
	}
	file := scratchFile()
	quantum := time.Duration(w.CPU * float64(period))
	begin, allowed := time.Now(), time.Duration(0)
	for turn := 1; w.Life == 0 || time.Since(begin) < w.Life; turn++ {
		end := begin.Add(time.Duration(turn) * period)
		allowed = min(allowed, cpuUsed()+9*quantum) + quantum
		for cpuUsed() < allowed && time.Now().Before(end) {
			spin(held)
		}
		if turn%int(time.Second/period) == 0 {
			write(file, held, w.Write)
		}
		time.Sleep(time.Until(end))
	}
}

func cpuUsed() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func spin(held []byte) {
	for i := range held[:min(len(held), 1<<16)] {
		held[i] += byte(i)
	}
}

// scratchFile has no name, so it goes with its process. It is nil if there is
// no room for one, and then nothing is written.
func scratchFile() *os.File {
	f, err := os.CreateTemp("", "phoenix-crowd-scratch-")
	if err != nil {
		return nil
	}
	_ = os.Remove(f.Name())
	return f
}

// write dirties n bytes and gives them back, so that they count as written and
// hardly ever reach the disk.
func write(f *os.File, from []byte, n int) {
	if f == nil {
		return
	}
	_, _ = f.WriteAt(from[:min(n, len(from))], 0) // a full disk only means that less is written
	_ = f.Truncate(0)
}
