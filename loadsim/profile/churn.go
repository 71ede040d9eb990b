package profile

import "time"

const (
	// shortest and longest are the lifetimes of the profile process-churn.
	shortest = 200 * time.Millisecond
	longest  = 5 * time.Second
	// churnCPU is how many cores all that come and go use together at most.
	churnCPU = 0.4
)

// churn is births at a rate, of which every third process works, beside a few
// that stay.
func churn(p Parameters) []Pattern {
	third := p.ChurnRate / 3
	alive := third * (shortest + longest).Seconds() / 2
	lifetime := Lifetime{Min: Duration(shortest), Max: Duration(longest)}
	works := CPU{High: min(0.1, churnCPU/alive)}
	return []Pattern{
		{Kind: Kind{Path: "usr/sbin/sshd", Args: []string{"sshd: /usr/sbin/sshd -D [listener]"}, Critical: true, Session: true}},
		{Kind: Kind{Path: "usr/bin/make", Args: []string{"make", "-j{n}", "all"}, CPU: CPU{High: 0.05}}},
		{Count: p.ProcessCount - 2, Kind: Kind{Path: "usr/bin/bash", Args: []string{"bash", "--login", "{hex}"}}},
		{Rate: third, Kind: Kind{Path: "usr/bin/cc1", Args: []string{"cc1", "-quiet", "src/{hex}.c"}, Lifetime: lifetime, CPU: works}},
		{Rate: third, Kind: Kind{Path: "usr/bin/sh", Args: []string{"sh", "-c", "test -f build/{hex}.o"}, Lifetime: lifetime}},
		{Rate: third, Kind: Kind{Path: "usr/bin/git", Args: []string{"git", "cat-file", "-p", "{hex}"}, Lifetime: lifetime}},
	}
}
