package hostagent

import (
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// crashIn names the directory of a process that crashes instead of testing, and
// crashAs how.
const crashIn, crashAs = "PHOENIX_TEST_CRASH_IN", "PHOENIX_TEST_CRASH_AS"

// What the Go runtime says as a process ends is what the next one tells.
func TestTheLastWordsOfACrash(t *testing.T) {
	if dir := os.Getenv(crashIn); dir != "" {
		note{directory: dir}.catchCrash()
		crash(os.Getenv(crashAs))
	}
	for as, want := range map[string]string{
		"panic": "the collector ended with panic: no such metric: cpu",
		"fatal": "the collector ended with a fatal error in internal/sync.fatal; standard error has its text",
	} {
		t.Run(as, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0], "-test.run=^TestTheLastWordsOfACrash$")
			cmd.Env = append(os.Environ(), crashIn+"="+dir, crashAs+"="+as)
			require.Error(t, cmd.Run())
			require.Equal(t, remoteconfig.Cause{Code: remoteconfig.Crashed, Detail: want}, note{directory: dir}.read())
		})
	}
}

func crash(as string) {
	if as == "fatal" {
		new(sync.Mutex).Unlock()
	}
	panic("no such metric: cpu\nor another")
}

// A test cannot take the memory of its own process away with the race detector
// in it; this is what a collector left.
func TestTheLastWordsWithoutMemory(t *testing.T) {
	const text = `

runtime stack:
runtime.throw({0x4c8d14?, 0x21e0?})
	/usr/local/go/src/runtime/panic.go:1229 +0x48 fp=0x7ffdaf0fce10 sp=0x7ffdaf0fcde0 pc=0x4796a8
runtime.sysMapOS(0x7802d000000, 0x400000, {0x4c5897, 0x4})
	/usr/local/go/src/runtime/mem_linux.go:175 +0x105 fp=0x7ffdaf0fce50 sp=0x7ffdaf0fce10 pc=0x41b1a5
`
	require.Equal(t, "out of memory: the system gave no more (in runtime.sysMapOS)", lastWords(text))
	require.Equal(t, "a fatal error; standard error has its text", lastWords("runtime stack:\n"))
}
