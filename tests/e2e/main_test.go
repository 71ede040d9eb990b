//go:build linux

package e2e

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/crowd"
)

func TestMain(m *testing.M) {
	crowd.RunIfChild()
	code := m.Run()
	stopCrowd()
	os.Exit(code)
}

// The crowd is one for all tests that need it, and starts with the first.
var (
	crowdOnce   sync.Once
	crowdShared *crowd.Crowd
	errCrowd    error
)

// startCrowd returns 320 processes that sleep, eight that work, and four
// births a second.
func startCrowd(t *testing.T) *crowd.Crowd {
	t.Helper()
	crowdOnce.Do(func() {
		crowdShared, errCrowd = crowd.Start(context.Background(), crowd.Settings{
			Idle: 320, Busy: 8, MinCPU: 0.01, MaxCPU: 0.15, Churn: 4, Seed: 1,
		})
	})
	require.NoError(t, errCrowd)
	return crowdShared
}

func stopCrowd() {
	if crowdShared != nil {
		crowdShared.Stop()
	}
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
