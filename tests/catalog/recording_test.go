package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheRecordingIsOfARealHost(t *testing.T) {
	scrapes := recordedScrapes(t)
	require.GreaterOrEqual(t, len(scrapes), 20)
	last := boundaries(t, scrapes)
	in := accountOf(t, byScrape(t, scrapes, last))
	running := map[string]bool{}
	born, ended := 0, 0
	for i, s := range in.scrapes {
		require.GreaterOrEqual(t, s.processes, 500, "scrape %d", i+1)
		now := map[string]bool{}
		for _, name := range s.names {
			now[name] = true
			if i > 0 && !running[name] {
				born++
			}
		}
		for name := range running {
			if !now[name] {
				ended++
			}
		}
		running = now
	}
	require.Greater(t, born, 100, "processes come")
	require.Greater(t, ended, 100, "processes go")
}

// The recording says nothing private, whoever made it.
func TestTheRecordingIsPublic(t *testing.T) {
	for _, md := range recordedScrapes(t) {
		for _, rm := range md.ResourceMetrics().All() {
			for key, v := range rm.Resource().Attributes().All() {
				switch value := v.AsString(); key {
				case "host.name":
					require.Equal(t, "recorded-host", value)
				case "host.id", "process.pid", "process.parent_pid", "process.executable.name":
				case "process.executable.path":
					require.Regexp(t, `^(/usr/bin/[^/]+)?$`, value)
				case "process.command":
					require.NotContains(t, value, " ")
				case "process.command_line":
					require.Regexp(t, `^(\S+ --redacted)?$`, value)
				case "process.owner":
					require.Regexp(t, `^(root|user-\d+)$`, value)
				default:
					require.Failf(t, "an attribute that says too much", "%s=%s", key, value)
				}
			}
		}
	}
}
