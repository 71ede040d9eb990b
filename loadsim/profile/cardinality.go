package profile

import "fmt"

const (
	// busy is how many processes of the profile high-cardinality work; they use
	// busyCPU cores together, the first the most.
	busy    = 16
	busyCPU = 0.8
)

// tenants give the idle processes their names, which stay within the 15 bytes
// of the kernel with a number of five digits.
var tenants = []string{
	"auth", "billing", "catalog", "cart", "ledger", "search", "notify", "invoice", "pricing", "stock",
	"shipping", "returns", "reports", "media", "fraud", "loyalty", "tax", "quotes", "session", "export",
}

// highCardinality is many processes that sleep, some that work and three that
// must not be lost.
func highCardinality(p Parameters) []Pattern {
	patterns := []Pattern{
		{Kind: Kind{Path: "usr/sbin/sshd", Args: []string{"sshd: /usr/sbin/sshd -D [listener]"}, Critical: true, Session: true}},
		{Kind: Kind{Path: "usr/bin/consul", Args: []string{"consul", "agent", "-node={hex}"}, Critical: true, CPU: CPU{High: 0.01}}},
		{Kind: Kind{Path: "usr/bin/vault", Args: []string{"vault", "server", "-config=/etc/vault.d"}, Critical: true}},
	}
	for i := range busy {
		path := fmt.Sprintf("opt/engine/bin/engine-%d", i+1)
		patterns = append(patterns, Pattern{Kind: Kind{
			Path: path, Args: []string{"/" + path, "--shard={hex}"},
			CPU: CPU{High: engineCPU(i)}, Memory: Memory{High: 2 << 20},
		}})
	}
	idle := p.ProcessCount - len(patterns)
	for i, name := range tenants {
		// As many of each name; the first names have one more if it does not divide.
		if count := (idle + len(tenants) - 1 - i) / len(tenants); count > 0 {
			patterns = append(patterns, Pattern{Count: count, Kind: Kind{
				Path: "opt/" + name + "/bin/" + name + "-{n}",
				Args: []string{"/opt/" + name + "/bin/" + name + "-{n}", "--tenant={hex}", "--port=2{n}"},
			}})
		}
	}
	return patterns
}

// engineCPU falls evenly from the first to the last.
func engineCPU(i int) float64 {
	return busyCPU * float64(busy-i) * 2 / (busy * (busy + 1))
}
