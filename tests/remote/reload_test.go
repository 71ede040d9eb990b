//go:build linux

package remote

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// What is measured goes on across reloads: no scrape more than one is missing,
// what _other_ counts never falls, and the critical process is in each.
func TestReloadsKeepTheAccount(t *testing.T) {
	h := newHost(t, "")
	h.start()
	h.apply(keeping(3))
	begun := time.Now()
	changes := some([]string{keepingAsWell(4), keeping(4), keepingAsWell(5), keeping(5)}, 2)
	for _, config := range changes {
		h.apply(config)
	}
	require.Equal(t, 1+len(changes), h.count("reloads, to run"))
	time.Sleep(3 * time.Second) // for what is on its way
	other, critical := h.sink.of("_other_", begun), h.sink.of("phoenix", begun)
	require.NotEmpty(t, other)
	for i, r := range other[1:] {
		require.Equal(t, other[i].start, r.start, "reading %d of %d", i+1, len(other))
		require.GreaterOrEqual(t, r.cpuSeconds, other[i].cpuSeconds, "reading %d of %d", i+1, len(other))
	}
	gaps := map[string]time.Duration{"_other_": longestGap(other), "critical": longestGap(critical)}
	t.Logf("%d reloads, %d scrapes every second: longest time between two of _other_ %.1f s, of the critical process %.1f s; _other_ never fell or began anew",
		1+len(changes), len(other), gaps["_other_"].Seconds(), gaps["critical"].Seconds())
	for name, gap := range gaps {
		require.Less(t, gap, 3*time.Second, "%s: a gap of one scrape is two intervals, and some time to start", name)
	}
}

// longestGap is the longest time between two readings.
func longestGap(readings []reading) (longest time.Duration) {
	for i := 1; i < len(readings); i++ {
		longest = max(longest, readings[i].at.Sub(readings[i-1].at))
	}
	return longest
}

// keepingAsWell is keeping with another half-life, which no live change leads to.
func keepingAsWell(k int) string {
	return strings.Replace(keeping(k), "topk/phoenix:\n", "topk/phoenix:\n    half_life: 20s\n", 1)
}

// What the owner's application sends comes through, whatever is reloaded.
func TestTheOwnersTracesKeepFlowing(t *testing.T) {
	h := newHost(t, "")
	h.start()
	h.apply(keeping(3))
	reloads := 2
	if everything() {
		reloads = 20
	}
	done := make(chan struct{})
	sent := make(chan []string)
	go func() { sent <- h.sendSpans(done) }()
	for i := range reloads {
		if i%2 == 0 {
			h.apply(slower(3) + fmt.Sprintf("# %d\n", i))
		} else {
			h.apply(keeping(3) + fmt.Sprintf("# %d\n", i))
		}
	}
	close(done)
	names := <-sent
	time.Sleep(2 * time.Second) // for what is on its way
	h.sink.mu.Lock()
	defer h.sink.mu.Unlock()
	lost := 0
	for _, name := range names {
		if h.sink.spans[name] == 0 {
			lost++
		}
	}
	t.Logf("%d reloads: of %d spans that were accepted %d were lost", reloads, len(names), lost)
	require.Equal(t, 1+reloads, h.count("reloads, to run"))
	require.Zero(t, lost)
}

// sendSpans sends a span every 20 ms, again until it is accepted, as exporters
// do, and returns the names of those that were.
func (h *host) sendSpans(done <-chan struct{}) (names []string) {
	client := &http.Client{Timeout: 5 * time.Second}
	for i := 0; ; {
		select {
		case <-done:
			return names
		case <-time.After(20 * time.Millisecond):
		}
		name := fmt.Sprintf("span %d", i)
		if post(client, "http://"+h.sink.inbound+"/v1/traces", name) {
			names = append(names, name)
			i++
		}
	}
}

// post sends a span, and reports whether it was accepted.
func post(client *http.Client, url, name string) bool {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetName(name)
	span.SetTraceID([16]byte{1})
	span.SetSpanID([8]byte{1})
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		return false
	}
	resp, err := client.Post(url, "application/x-protobuf", bytes.NewReader(body))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
