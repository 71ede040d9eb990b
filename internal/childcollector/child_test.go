package childcollector

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childMarker makes the test binary a collector, of a kind that the text of
// its configuration names; parentMarker makes it a program that has one.
const (
	childMarker  = "PHOENIX_CHILDCOLLECTOR_TEST_CHILD"
	parentMarker = "PHOENIX_CHILDCOLLECTOR_TEST_PARENT"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(childMarker) != "":
		os.Exit(beChild())
	case os.Getenv(parentMarker) != "":
		beParent()
	}
	goleak.VerifyTestMain(m)
}

// say writes a record as the collector's JSON encoding does.
func say(level, message string, fields map[string]any) {
	record := map[string]any{"level": level, "msg": message}
	for k, v := range fields {
		record[k] = v
	}
	line, err := json.Marshal(record)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, "%s\n", line)
}

// readConfig returns the configuration that the arguments name.
func readConfig() string {
	at := slices.Index(os.Args, "--config")
	text, err := os.ReadFile(os.Args[at+1])
	if err != nil {
		panic(err)
	}
	return string(text)
}

// beChild does what the configuration says and returns the exit code.
func beChild() int {
	switch config := readConfig(); config {
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		say("info", "started", nil)
		time.Sleep(time.Hour)
	case "fail":
		fmt.Println("this goes to standard output, which nobody reads")
		fmt.Fprintln(os.Stderr, "error decoding: bad key")
		say("error", "no such component", nil)
		fmt.Fprint(os.Stderr, "the last words")
		return 3
	case "chatty":
		for i := range 100_000 {
			fmt.Fprintln(os.Stderr, "line", i)
		}
		return 1
	case "grandchild", "orphan":
		grandchild := exec.Command("sleep", "600")
		grandchild.Stderr = os.Stderr
		if err := grandchild.Start(); err != nil {
			panic(err)
		}
		say("info", "started", map[string]any{"grandchild": grandchild.Process.Pid})
		if config == "grandchild" {
			time.Sleep(time.Hour)
		}
	default:
		serve(config)
	}
	return 0
}

// serve obeys signals as a collector does.
func serve(config string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM)
	say("info", "started", map[string]any{"config": config, "args": strings.Join(os.Args[3:], " ")})
	for s := range signals {
		if s == syscall.SIGTERM {
			say("info", "stopped", nil)
			return
		}
		say("warn", "reloaded", map[string]any{"config": readConfig()})
	}
}

// beParent starts a collector, prints its PID and waits for its own end.
func beParent() {
	os.Setenv(childMarker, "1")
	started := make(chan struct{})
	c, err := Start(Settings{Binary: os.Args[0], Config: []byte("serve"), Log: func(Record) { close(started) }})
	if err != nil {
		panic(err)
	}
	<-started
	fmt.Println(c.PID())
	time.Sleep(time.Hour)
}
