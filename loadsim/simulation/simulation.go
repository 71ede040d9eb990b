// Package simulation carries a plan out on this machine, from the check of what
// the machine can give to the last line of the truth. [Run] returns at its end;
// [Start] as soon as the population stands, for a program that needs one.
package simulation

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/host"
	"github.com/phoenix-platform/phoenix/loadsim/spawn"
	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

// Settings says what to carry out.
type Settings struct {
	Plan   loadsim.Plan
	Limits loadsim.Limits
	// Truth is the file to write; empty: none.
	Truth string
	// Dir is where the run's folder is made; empty: the temporary one.
	Dir string
	// Observers hear what happens, beside the truth.
	Observers []loadsim.Observer
}

// Check reports why the machine, or the limits, would refuse the plan.
func (s Settings) Check() error {
	room, err := host.Room()
	if err != nil {
		return err
	}
	limits := s.Limits.AtMost(room) // it may be less than when they were chosen
	if err := limits.Within(room); err != nil {
		return err
	}
	return limits.Check(s.Plan)
}

// Run carries the plan out until its end, or ctx's. Nothing is made if it does
// not fit, or if the truth cannot be written.
func Run(ctx context.Context, s Settings) (loadsim.Summary, error) {
	none := loadsim.Summary{}
	if err := s.Check(); err != nil {
		return none, err
	}
	if s.Truth == "" {
		return s.run(ctx, nil)
	}
	file, err := os.Create(s.Truth)
	if err != nil {
		return none, fmt.Errorf("write the truth: %w; choose another file", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sum, err := s.run(ctx, truth.NewWriter(file, cancel))
	return sum, errors.Join(err, file.Close())
}

// run is Run with a truth, or none.
func (s Settings) run(ctx context.Context, t *truth.Writer) (loadsim.Summary, error) {
	spawner, err := spawn.New(spawn.Settings{Dir: s.Dir, MaxProcesses: s.Limits.Processes, MaxMemory: s.Limits.Memory, UserProcesses: host.UserProcesses()})
	if err != nil {
		return loadsim.Summary{}, err
	}
	observers := s.Observers
	if t != nil {
		if err := t.Begin(s.Plan, s.Limits, spawner.Dir()); err != nil {
			return loadsim.Summary{}, errors.Join(err, spawner.Close())
		}
		observers = append([]loadsim.Observer{t}, observers...)
	}
	sum, err := loadsim.Run(ctx, loadsim.Settings{
		Plan: s.Plan, Limits: s.Limits, Spawner: spawner, Observers: observers, CPUTime: host.CPUTime,
	})
	if t != nil {
		err = errors.Join(err, t.End(sum, err))
	}
	return sum, err
}
