package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/spawn"
)

// crowd is a number of real processes.
type crowd struct {
	dir     string
	spawner *spawn.Spawner
	pids    []int
}

// newCrowd has processes born, every busyEach-th of which uses a little of a
// core; 0: none does. They end with close, or with this program.
func newCrowd(size, busyEach int) (*crowd, error) {
	dir, err := os.MkdirTemp("", "crowd")
	if err != nil {
		return nil, fmt.Errorf("make a directory for processes: %w", err)
	}
	c := &crowd{dir: dir}
	if c.spawner, err = spawn.New(spawn.Settings{Dir: dir, MaxProcesses: size}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.fill(size, busyEach); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *crowd) fill(size, busyEach int) error {
	for id := range size {
		name := fmt.Sprintf("service-%d", id)
		p := loadsim.Process{ID: uint32(id + 1), Path: "usr/bin/" + name, Args: []string{name, "--instance", strconv.Itoa(id), "--name", "a name"}}
		if busyEach > 0 && id%busyEach == 0 {
			p.Load = loadsim.Load{{CPU: 0.005}}
		}
		if err := c.spawner.Spawn(context.Background(), p); err != nil {
			return fmt.Errorf("have process %d born: %w", id, err)
		}
	}
	for len(c.pids) < size {
		e := <-c.spawner.Events()
		if e.Kind != loadsim.Born {
			return fmt.Errorf("a process of %d was not born: %w", size, e.Err)
		}
		c.pids = append(c.pids, e.PID)
	}
	return nil
}

func (c *crowd) close() error { return errors.Join(c.spawner.Close(), os.RemoveAll(c.dir)) }
