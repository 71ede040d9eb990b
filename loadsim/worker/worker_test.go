//go:build linux

package worker_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
	"github.com/phoenix-platform/phoenix/loadsim/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits at most.
const patience = time.Minute

// owner is what the host's owner allows.
var owner = loadsim.Limits{Processes: 200, Memory: 256 << 20, CPU: 1.5, Duration: time.Minute, Births: 500}

func settings(t *testing.T, s *server) worker.Settings {
	t.Helper()
	within := func(p loadsim.Plan) simulation.Settings {
		return simulation.Settings{Plan: p, Limits: owner, Dir: t.TempDir()}
	}
	return worker.Settings{
		Server: s.URL, Token: token, Host: "host-1", Client: &http.Client{Transport: &http.Transport{}},
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
		Check: func(p loadsim.Plan) error { return within(p).Check() },
		Simulate: func(ctx context.Context, p loadsim.Plan, o loadsim.Observer) (loadsim.Summary, error) {
			run := within(p)
			run.Observers = []loadsim.Observer{o}
			return simulation.Run(ctx, run)
		},
	}
}

// run works until so many assignments have ended.
func run(t *testing.T, s *server, settings worker.Settings, assignments int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() { done <- worker.Run(ctx, settings) }()
	for range assignments {
		select {
		case <-s.ended:
		case <-time.After(patience):
			t.Fatal("an assignment does not end")
		}
	}
	cancel()
	require.NoError(t, <-done)
}

func TestASimulationIsCarriedOut(t *testing.T) {
	s := newServer(t, worker.Assignment{ID: "a/1", Profile: "realistic", ProcessCount: 60, DurationSeconds: 2.5, Seed: 3})
	run(t, s, settings(t, s), 1)
	states, last := s.of("a/1")
	require.Equal(t, "running completed", states)
	require.Equal(t, "host-1", last.Host)
	require.GreaterOrEqual(t, last.Summary.Processes.Achieved, 60.0)
	require.Equal(t, last.Summary.Processes.Asked, last.Summary.Processes.Achieved)
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, "host-1 30", s.asked[0])
	progress := s.statuses["a/1"][1].Progress
	require.NotNil(t, progress)
	require.GreaterOrEqual(t, progress.Spawned, 60)
}

func TestTheOwnersLimitsWin(t *testing.T) {
	s := newServer(t,
		worker.Assignment{ID: "many", Profile: "high-cardinality", ProcessCount: 2000, DurationSeconds: 5},
		worker.Assignment{ID: "long", Profile: "realistic", DurationSeconds: 3600},
		worker.Assignment{ID: "unknown", Profile: "huge"},
		worker.Assignment{ID: "negative", Profile: "realistic", DurationSeconds: -1},
		worker.Assignment{ID: "bad", Profile: "custom", CustomProfile: "patterns: [{path: /a}]"},
	)
	run(t, s, settings(t, s), 5)
	for id, want := range map[string]string{
		"many": "the plan has 2000 at once; the limit is 200", "long": "duration: 1h0m0s; the limit is 1m0s",
		"unknown": `there is no profile "huge"`, "negative": "duration_seconds: -1; give more than 0",
		"bad": "custom_profile: patterns[0].path",
	} {
		states, last := s.of(id)
		require.Equal(t, "refused", states, id)
		require.Contains(t, last.Message, want)
		require.Nil(t, last.Summary)
	}
}

func TestTheServerEndsASimulation(t *testing.T) {
	custom := "patterns: [{path: bin/sleeper, count: 5}]"
	s := newServer(t,
		worker.Assignment{ID: "stopped", Profile: "custom", CustomProfile: custom, DurationSeconds: 59},
		worker.Assignment{ID: "gone", Profile: "custom", CustomProfile: custom, DurationSeconds: 59},
	)
	s.stop["stopped"], s.gone["gone"] = true, true
	run(t, s, settings(t, s), 2)
	for _, id := range []string{"stopped", "gone"} {
		states, last := s.of(id)
		require.Equal(t, "running stopped", states)
		require.True(t, last.Summary.Interrupted)
	}
}

func TestASimulationThatFailsSaysWhy(t *testing.T) {
	s := newServer(t, worker.Assignment{ID: "a", Profile: "realistic"})
	broken := settings(t, s)
	broken.Simulate = func(context.Context, loadsim.Plan, loadsim.Observer) (loadsim.Summary, error) {
		return loadsim.Summary{}, errors.New("no C child for this machine")
	}
	run(t, s, broken, 1)
	states, last := s.of("a")
	require.Regexp(t, "^(running )?failed$", states)
	require.Equal(t, "no C child for this machine", last.Message)
}

func TestAWorkerWithoutTheTokenGetsNothing(t *testing.T) {
	s := newServer(t, worker.Assignment{ID: "a", Profile: "realistic"})
	wrong := settings(t, s)
	wrong.Token = "another"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- worker.Run(ctx, wrong) }()
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.refused > 0 }, patience, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	require.Len(t, s.work, 1)
}

func TestATokenDoesNotLeaveTheHostUnencrypted(t *testing.T) {
	for address, want := range map[string]string{
		"http://phoenix.example:8443": "is not encrypted and not on this host; use https",
		"phoenix.example":             "is no address; give one such as https://",
		"ftp://127.0.0.1":             "is no address",
		"":                            "is no address",
	} {
		err := worker.Run(t.Context(), worker.Settings{Server: address})
		require.ErrorContains(t, err, want, address)
	}
}
