//go:build linux

package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/host"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
)

// The crowd is one for all tests that need it, and starts with the first.
var (
	crowdOnce   sync.Once
	crowdShared *simulation.Population
	errCrowd    error
)

// startCrowd returns 320 processes that sleep, eight that work, and four
// births a second.
func startCrowd(t *testing.T) *simulation.Population {
	t.Helper()
	crowdOnce.Do(func() { crowdShared, errCrowd = newCrowd() })
	require.NoError(t, errCrowd)
	return crowdShared
}

func newCrowd() (*simulation.Population, error) {
	plan, err := profile.New(profile.Parameters{
		Profile: profile.Custom, Duration: time.Hour, Seed: 1,
		File: &profile.File{Name: "e2e", Patterns: crowd()},
	})
	if err != nil {
		return nil, err
	}
	room, err := host.Room()
	if err != nil {
		return nil, err
	}
	return simulation.Start(context.Background(), simulation.Settings{Plan: plan, Limits: loadsim.DefaultLimits(room)})
}

// crowd is one nginx, services that sleep, engines that use from 0.15 to 0.01
// of a core, and those that come and go, of which every third works.
func crowd() []profile.Pattern {
	patterns := []profile.Pattern{
		{Kind: profile.Kind{Path: "usr/sbin/nginx"}},
		{Count: 319, Kind: profile.Kind{Path: "usr/bin/service-{n}"}},
	}
	share := 0.15
	for i := range 8 {
		patterns = append(patterns, profile.Pattern{Kind: profile.Kind{
			Path: fmt.Sprintf("usr/bin/engine-%d", i+1),
			CPU:  profile.CPU{High: share},
			// 1 to 15 MiB in another order than the shares.
			Memory: profile.Memory{High: profile.Bytes(1+i*7%16) << 20},
		}})
		share *= 0.68
	}
	life := profile.Lifetime{Min: profile.Duration(200 * time.Millisecond), Max: profile.Duration(5 * time.Second)}
	return append(patterns,
		profile.Pattern{Rate: 8. / 3, Kind: profile.Kind{Path: "usr/bin/sh", Lifetime: life}},
		profile.Pattern{Rate: 4. / 3, Kind: profile.Kind{Path: "usr/bin/gzip", Lifetime: life, CPU: profile.CPU{High: 0.05}}},
	)
}

func stopCrowd() {
	if crowdShared != nil {
		_, _ = crowdShared.Stop() // the tests are over
	}
}
