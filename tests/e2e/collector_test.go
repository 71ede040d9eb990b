//go:build linux

package e2e

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// collector is one that runs until the test ends.
type collector struct {
	*childcollector.Collector
	t *testing.T

	mu  sync.Mutex
	log []childcollector.Record
}

// start runs a collector with a configuration and further arguments. A test
// fails if its collector does not end well.
func start(t *testing.T, config string, args ...string) *collector {
	t.Helper()
	return startProgram(t, built.Program(t, "otelcol-phoenix"), config, args...)
}

// startProgram is start of another copy of the program.
func startProgram(t *testing.T, program, config string, args ...string) *collector {
	t.Helper()
	c := &collector{t: t}
	child, err := childcollector.Start(childcollector.Settings{
		Binary: program, Config: []byte(config), Args: args, Log: c.take,
	})
	require.NoError(t, err)
	c.Collector = child
	t.Cleanup(c.stop)
	return c
}

func (c *collector) take(r childcollector.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, r)
}

// records returns what the collector logged so far with a text in its message.
func (c *collector) records(text string) (found []childcollector.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.log {
		if strings.Contains(r.Message, text) {
			found = append(found, r)
		}
	}
	return found
}

// await waits for something that a running collector does.
func (c *collector) await(what string, done func() bool) {
	c.t.Helper()
	await(c.t, what, func() bool {
		select {
		case <-c.Done():
			c.t.Fatalf("the collector ended while the test waited for %s: %v", what, c.Err())
		default:
		}
		return done()
	})
}

// stop ends the collector. It may be called more than once.
func (c *collector) stop() {
	c.t.Helper()
	require.NoError(c.t, c.Stop(context.Background())) // a test's own context has ended when it cleans up
}

// reload replaces the configuration and makes the collector read it.
func (c *collector) reload(config string) {
	c.t.Helper()
	require.NoError(c.t, c.WriteConfig([]byte(config)))
	require.NoError(c.t, c.Reload())
}
