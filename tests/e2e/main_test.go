//go:build linux

package e2e

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	stopCrowd()
	os.Exit(code)
}

// patience is how long anything may take that a test waits for: much longer
// than it takes on a busy machine.
const patience = 2 * time.Minute

// await waits until done, and fails the test with what it waited for.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}
