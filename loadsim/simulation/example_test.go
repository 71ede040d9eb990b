//go:build linux

package simulation_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/host"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
)

// A test that needs processes describes them by patterns.
func ExampleStart() {
	plan, err := profile.New(profile.Parameters{
		Profile: profile.Custom, Duration: time.Minute, Seed: 1,
		File: &profile.File{Patterns: []profile.Pattern{
			{Count: 3, Kind: profile.Kind{Path: "usr/bin/service-{n}"}},
			{Kind: profile.Kind{Path: "usr/bin/engine", CPU: profile.CPU{High: 0.1}}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	room, err := host.Room()
	if err != nil {
		log.Fatal(err)
	}
	p, err := simulation.Start(context.Background(), simulation.Settings{Plan: plan, Limits: loadsim.DefaultLimits(room)})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Stop()
	for _, m := range p.Members() {
		fmt.Println(m.Process.Comm(), m.Process.Load.CPU())
	}
	// Unordered output:
	// service-1 0
	// service-2 0
	// service-3 0
	// engine 0.1
}
