package hostagent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// bootID is where Linux tells one boot from another.
const bootID = "/proc/sys/kernel/random/boot_id"

// bootOf is the process that starts, with what the one before left behind.
// Where a boot has no id, every end counts.
func bootOf(file *agentfile.File, under remoteconfig.Under) (remoteconfig.Boot, error) {
	id, err := remoteconfig.BootID(bootID)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return remoteconfig.Boot{}, err
	}
	n := note{directory: file.StateDir}
	boot := remoteconfig.Boot{ID: id, Under: under, Ended: n.read()}
	n.remove()
	return boot, nil
}

// note is what a process leaves for the next one about its end. It is written
// in the last moment and helps to explain: without it, an end is a crash of
// unknown reason.
type note struct{ directory string }

// path of what the agent writes, and crash of what the Go runtime does.
func (n note) path() string  { return filepath.Join(n.directory, "ended.json") }
func (n note) crash() string { return filepath.Join(n.directory, "crash.txt") }

func (n note) write(c remoteconfig.Cause) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(n.path(), text, 0o600)
}

// remove takes the note back: the process goes on, or ends in order.
func (n note) remove() { _ = os.Remove(n.path()) } // not there, or of no meaning but a wrong reason

const (
	// maxNote and maxCrash are how many bytes are read of what was left: a crash
	// of many goroutines is long.
	maxNote  = 8 << 10
	maxCrash = 64 << 20
	// maxLine is how many bytes of a crash's first line are of interest.
	maxLine = 300
)

// read returns why the process before ended; zero if it left nothing.
func (n note) read() (c remoteconfig.Cause) {
	if text, err := readSome(n.crash(), maxCrash); err == nil && len(text) > 0 {
		return remoteconfig.Cause{Code: remoteconfig.Crashed, Detail: "the collector ended with " + lastWords(string(text))}
	}
	if text, err := readSome(n.path(), maxNote); err == nil && json.Unmarshal(text, &c) == nil {
		return c
	}
	return remoteconfig.Cause{}
}

// catchCrash has the Go runtime write what it says about a panic, which goes to
// standard error too. Where the file cannot be written, it goes there only. The
// state directory must be there.
func (n note) catchCrash() {
	f, err := os.OpenFile(n.crash(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close() // the runtime keeps a copy
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
}

// frame is a function in the stack of a crash, with the parenthesis of its arguments.
var frame = regexp.MustCompile(`(?m)^([^\s(]+(?:\(\*\w+\)[^\s(]*)?)\(`)

// outOfMemory are the functions of the Go runtime that end the process where
// the system gives no memory (runtime/mem_linux.go, malloc.go, mcache.go).
var outOfMemory = []string{
	"runtime.sysMapOS", "runtime.sysUsedOS", "runtime.persistentalloc1", "runtime.(*mheap).sysAlloc",
	"runtime.(*mcache).refill", "runtime.(*mcache).allocLarge", "runtime.stackalloc", "runtime.stackpoolalloc",
}

// lastWords are what a crash says in one line. A panic comes with its message;
// of a fatal error the runtime keeps the stack only.
func lastWords(text string) string {
	first := firstLine(text)
	if first != "runtime stack:" && !strings.HasPrefix(first, "goroutine ") {
		return first
	}
	for _, found := range frame.FindAllStringSubmatch(text, 3) {
		switch function := found[1]; {
		case function == "runtime.throw" || function == "runtime.fatal":
		case slices.Contains(outOfMemory, function):
			return "out of memory: the system gave no more (in " + function + ")"
		default:
			return "a fatal error in " + function + "; standard error has its text"
		}
	}
	return "a fatal error; standard error has its text"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") + "…"
	}
	return line
}
