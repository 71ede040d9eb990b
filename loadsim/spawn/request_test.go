package spawn

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestARequestIsWhatTheChildReads(t *testing.T) {
	p := loadsim.Process{
		ID: 3, Path: "usr/bin/java", Args: []string{"java", "", "-jar x"}, Lifetime: 1500 * time.Millisecond, Session: true,
		Load:     loadsim.Load{{For: time.Second, CPU: 0.25, Memory: 4096}},
		Children: []loadsim.Process{{ID: 4, Path: "sh", Args: []string{"sh"}, Detach: true}},
	}
	frame, err := request(p)
	require.NoError(t, err)
	require.Equal(t, []string{
		"3 3 13 1", "usr/bin/java", "java", "", "-jar x", "", "3 1500000 1", "1000000 250000 4096",
		"4 1 5 2", "sh", "sh", "", "4 0 0",
	}, strings.Split(strings.TrimSuffix(string(frame[4:]), "\x00"), "\x00"))
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	for want, change := range map[string]func(*loadsim.Process){
		`path: "" is not one below`:                  func(p *loadsim.Process) { p.Path = "" },
		`path: "/bin/sh" is not one below`:           func(p *loadsim.Process) { p.Path = "/bin/sh" },
		`path: "../sh" is not one below`:             func(p *loadsim.Process) { p.Path = "../sh" },
		`path: "a/" is not one below`:                func(p *loadsim.Process) { p.Path = "a/" },
		`path: "loadsim-zygote" is not one below`:    func(p *loadsim.Process) { p.Path = zygoteName },
		"args: the command line needs":               func(p *loadsim.Process) { p.Args = nil },
		"none can be in it":                          func(p *loadsim.Process) { p.Args = []string{"a\x00b"} },
		"lifetime: must be 0":                        func(p *loadsim.Process) { p.Lifetime = -1 },
		"load step 0: for: must be above 0":          func(p *loadsim.Process) { p.Load = loadsim.Load{{}, {For: 1}} },
		"load step 0: cpu: must be a share":          func(p *loadsim.Process) { p.Load = loadsim.Load{{CPU: 1.5}} },
		"load step 0: memory: must be 0":             func(p *loadsim.Process) { p.Load = loadsim.Load{{Memory: -1}} },
		"process 2: args: the command line needs":    func(p *loadsim.Process) { p.Children = []loadsim.Process{{ID: 2, Path: "x"}} },
		"give it fewer children or shorter":          func(p *loadsim.Process) { p.Args = []string{strings.Repeat("x", maxRequestBytes)} },
		"takes 17397 bytes in 9004 strings, at most": func(p *loadsim.Process) { p.Args = make([]string, 9000); p.Path = strings.Repeat("x", 8375) },
	} {
		t.Run(want, func(t *testing.T) {
			p := loadsim.Process{ID: 1, Path: "sh", Args: []string{"sh"}}
			change(&p)
			_, err := request(p)
			require.ErrorContains(t, err, want)
		})
	}
}

// TestShortTimesAreNotForEver: 0 means for ever.
func TestShortTimesAreNotForEver(t *testing.T) {
	require.EqualValues(t, 1, micros(time.Nanosecond))
	require.EqualValues(t, 1, micros(time.Microsecond))
	require.EqualValues(t, 0, micros(0))
}
