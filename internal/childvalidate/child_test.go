package childvalidate

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"
)

// asChild makes the test binary a child, which does what its configuration
// says. A variable of the environment would not come through.
const asChild = "-be-the-child"

func TestMain(m *testing.M) {
	if slices.Contains(os.Args, asChild) {
		os.Exit(beChild())
	}
	goleak.VerifyTestMain(m)
}

// readConfig returns the configuration that the arguments name.
func readConfig() map[string]string {
	path := strings.TrimPrefix(os.Args[len(os.Args)-1], "--config=file:")
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	var config map[string]string
	if err := yaml.Unmarshal(text, &config); err != nil {
		panic(err)
	}
	return config
}

// beChild does what the configuration says and returns the exit code.
func beChild() int {
	config := readConfig()
	switch config["do"] {
	case "hang":
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(time.Hour)
	case "spin":
		for n := 0; n >= 0; n++ {
			runtime.Gosched()
		}
	case "eat":
		for all := [][]byte{}; ; {
			all = append(all, slices.Repeat([]byte{1}, 16<<20))
		}
	case "flood":
		for i := range 100_000 {
			fmt.Println("line", i)
		}
	case "die":
		return die(config["signal"])
	case "panic":
		panic("assignment to entry in nil map")
	case "no memory":
		fmt.Fprintln(os.Stderr, "fatal error: runtime: out of memory")
		return 2
	case "leave":
		return leave()
	case "print":
		fmt.Println(os.Args[1:len(os.Args)-1], os.Environ())
		return 1
	case "write":
		return report(os.WriteFile(config["path"], []byte("x"), 0o600))
	case "connect":
		c, err := net.Dial("tcp", config["address"])
		if err == nil {
			c.Close()
		}
		return report(err)
	}
	fmt.Fprint(os.Stderr, config["say"])
	if config["say"] != "" {
		return 1
	}
	return 0
}

// report says how something ended, and ends badly.
func report(err error) int {
	fmt.Println("Error: it ended with", err)
	return 1
}

func die(name string) int {
	numbers := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "ABRT": syscall.SIGABRT}
	signal.Reset()
	if err := syscall.Kill(os.Getpid(), numbers[name]); err != nil {
		panic(err)
	}
	time.Sleep(time.Hour)
	return 0
}

// leave leaves a process behind that holds the output open.
func leave() int {
	grandchild := exec.Command("/bin/sleep", "600")
	grandchild.Stdout = os.Stdout
	if err := grandchild.Start(); err != nil {
		panic(err)
	}
	fmt.Println("Error: left", grandchild.Process.Pid)
	return 1
}
