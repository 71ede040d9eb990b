//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/host"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
)

// crowd says which processes of loadsim run beside those that run anyway.
type crowd struct {
	// idle is how many sleep throughout the recording.
	idle int
	// busy is how many use a share of a core throughout the recording. The
	// shares from maxCPU down to minCPU are in geometric progression.
	busy           int
	minCPU, maxCPU float64
	// churn is births per second; if there are busy ones, every third of them
	// works, with maxCPU.
	churn float64
	// seed draws the lifetimes and the moments of the births.
	seed uint64
}

// Lifetimes of those that come and go.
const (
	minLife = profile.Duration(200 * time.Millisecond)
	maxLife = profile.Duration(5 * time.Second)
)

// maxChurn is births per second.
const maxChurn = 1000

// validate reports every flag that cannot be; what is too much for this host
// is loadsim's to say.
func (c crowd) validate() error {
	var errs []error
	if c.idle < 0 {
		errs = append(errs, fmt.Errorf("--crowd-idle: must be 0 or more, got %d", c.idle))
	}
	if c.busy < 0 {
		errs = append(errs, fmt.Errorf("--crowd-busy: must be 0 or more, got %d", c.busy))
	}
	if !(c.minCPU > 0 && c.minCPU <= c.maxCPU && c.maxCPU <= 1) {
		errs = append(errs, fmt.Errorf("--crowd-min-cpu, --crowd-max-cpu: shares of a core are above 0 and at most 1, the least first, got %v and %v", c.minCPU, c.maxCPU))
	}
	if !(c.churn >= 0 && c.churn <= maxChurn) {
		errs = append(errs, fmt.Errorf("--crowd-churn: must be between 0 and %d births a second, got %v", maxChurn, c.churn))
	}
	return errors.Join(errs...)
}

// start starts the crowd, which lasts as long as d unless stop is called. One
// of nobody is possible.
func (c crowd) start(ctx context.Context, d time.Duration) (stop func() error, err error) {
	if len(c.patterns()) == 0 {
		return func() error { return nil }, nil
	}
	plan, err := c.plan(d)
	if err != nil {
		return nil, err
	}
	room, err := host.Room()
	if err != nil {
		return nil, err
	}
	limits := loadsim.DefaultLimits(room)
	limits.Duration, limits.Births = d, 2*maxChurn // so that late births can catch up
	p, err := simulation.Start(ctx, simulation.Settings{Plan: plan, Limits: limits})
	if err != nil {
		return nil, err
	}
	return func() error { _, err := p.Stop(); return err }, nil
}

// plan is for loadsim to carry out.
func (c crowd) plan(d time.Duration) (loadsim.Plan, error) {
	return profile.New(profile.Parameters{
		Profile: profile.Custom, Duration: d, Seed: c.seed,
		File: &profile.File{Name: "crowd", Patterns: c.patterns()},
	})
}

// patterns has each lasting process under a name of its own.
func (c crowd) patterns() (all []profile.Pattern) {
	for i := range c.idle {
		all = append(all, profile.Pattern{Kind: profile.Kind{Path: pathOf(idleNames, i)}})
	}
	for i := range c.busy {
		all = append(all, profile.Pattern{Kind: profile.Kind{
			Path: pathOf(busyNames, i),
			CPU:  profile.CPU{High: c.share(i)},
			// 1 to 16 MiB in another order than the shares.
			Memory: profile.Memory{High: profile.Bytes(1+i*7%16) << 20},
		}})
	}
	for i := range birthNames {
		all = append(all, c.births(i)...)
	}
	return all
}

// share is the share of a core that the i-th busy process uses, the greatest
// first.
func (c crowd) share(i int) float64 {
	if c.busy == 1 {
		return c.maxCPU
	}
	return c.maxCPU * math.Pow(c.minCPU/c.maxCPU, float64(i)/float64(c.busy-1))
}

// births are those of one name that come and go.
func (c crowd) births(i int) []profile.Pattern {
	if c.churn == 0 {
		return nil
	}
	rate := c.churn / float64(len(birthNames))
	kind := profile.Kind{Path: pathOf(birthNames, i), Lifetime: profile.Lifetime{Min: minLife, Max: maxLife}}
	if c.busy == 0 {
		return []profile.Pattern{{Rate: rate, Kind: kind}}
	}
	works := kind
	works.CPU, works.Memory = profile.CPU{High: c.maxCPU}, profile.Memory{High: 1 << 20}
	return []profile.Pattern{{Rate: rate * 2 / 3, Kind: kind}, {Rate: rate / 3, Kind: works}}
}
