package procread

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or, where a test asks for it, is one of the processes
// that tests read.
func TestMain(m *testing.M) {
	for variable, be := range map[string]func(string) error{"PROCREAD_NAME": bearName, "PROCREAD_THREADS": haveThreads} {
		if value, ok := os.LookupEnv(variable); ok {
			if err := be(value); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			fmt.Println("ready")
			_, _ = io.Copy(io.Discard, os.Stdin)
			return
		}
	}
	goleak.VerifyTestMain(m)
}

// bearName gives the process a name.
func bearName(name string) error {
	return os.WriteFile("/proc/self/comm", append([]byte(name), 0), 0)
}

// haveThreads gives the process so many threads more, until it ends.
func haveThreads(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	debug.SetMaxThreads(n + 1000)
	var started sync.WaitGroup
	for range n {
		started.Go(func() {
			ready := make(chan struct{})
			go func() {
				runtime.LockOSThread()
				close(ready)
				select {}
			}()
			<-ready
		})
	}
	started.Wait()
	return nil
}
