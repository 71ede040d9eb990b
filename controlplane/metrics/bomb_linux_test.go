//go:build !race

package metrics

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/metrics/otlplimit"
)

// maxGrowth is how much memory hostile requests may take, in bytes.
const maxGrowth = 64 << 20

// TestBombsTakeLittleMemory sends small requests that become large ones, from
// eight agents at once, and looks at the resident memory.
func TestBombsTakeLittleMemory(t *testing.T) {
	for _, bomb := range []struct {
		name string
		e    encoding
		body func() []byte
	}{
		{"zeros", inProtobuf, func() []byte { return make([]byte, 64<<20) }},
		{"resources", inProtobuf, func() []byte { return bytes.Repeat([]byte("\x0a\x00"), maxBody/2) }},
		{"resources, as many as may be", inProtobuf, func() []byte { return bytes.Repeat([]byte("\x0a\x00"), otlplimit.MaxMessages-1) }},
		{"points, as many as may be", inProtobuf, func() []byte { return points(otlplimit.MaxMessages - 5) }},
		{"texts", inProtobuf, func() []byte { return ofSize(t, maxBody) }},
		{"JSON objects", inJSON, func() []byte { return objects(maxBody/3 - 10) }},
		{"JSON objects, as many as may be", inJSON, func() []byte { return objects(otlplimit.MaxMessages/2 - 2) }},
		{"JSON depth", inJSON, func() []byte { return bytes.Repeat([]byte("["), maxBody) }},
	} {
		t.Run(bomb.name, func(t *testing.T) {
			s := open(t, Settings{Dir: t.TempDir()})
			h := s.Ingest(func(r *http.Request) (Source, error) { return Source{Agent: r.Header.Get("agent")}, nil })
			body := gzipped(bomb.body())
			for _, usual := range [][]string{{"Content-Type", string(inProtobuf)}, {"Content-Type", string(inJSON)}} {
				post(h, gzipped([]byte("{}")), append(usual, "Content-Encoding", "gzip")...)
			}
			debug.FreeOSMemory()
			before := resident(t)
			grown := peak(t, func() {
				var senders sync.WaitGroup
				for i := range 8 {
					senders.Go(func() {
						w := post(h, body, "Content-Type", string(bomb.e), "Content-Encoding", "gzip", "agent", fmt.Sprint(i))
						t.Log(w.Code)
					})
				}
				senders.Wait()
			}) - before
			t.Logf("%d bytes grow the process by %.1f MiB", len(body), float64(grown)/(1<<20))
			require.LessOrEqual(t, grown, maxGrowth)
		})
	}
}

// objects is a request of n empty resources in JSON.
func objects(n int) []byte {
	return []byte(`{"resourceMetrics":[` + strings.Repeat(`{},`, n-1) + `{}]}`)
}

// points is a request of a gauge with n empty points.
func points(n int) []byte {
	b := bytes.Repeat([]byte("\x0a\x00"), n)
	for _, tag := range []byte{0x2a, 0x12, 0x12, 0x0a} { // gauge, metric, scope metrics, resource metrics
		b = append(appendLength([]byte{tag}, len(b)), b...)
	}
	return b
}

func appendLength(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// peak is the most resident memory while something is done.
func peak(t *testing.T, do func()) (most int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	for {
		most = max(most, resident(t))
		select {
		case <-done:
			return most
		case <-time.After(time.Millisecond):
		}
	}
}

// resident is the resident memory of this process in bytes.
func resident(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	require.NoError(t, err)
	return pages * os.Getpagesize()
}
