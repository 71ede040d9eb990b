package try

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// page is what an endpoint says of processes at a time in milliseconds.
func page(at int64, pids ...int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# TYPE %s counter\n", metricCPU)
	fmt.Fprintf(&b, "%s{process_executable_name=\"_other_\",state=\"user\"} 7 %d\n", metricCPU, at)
	for _, pid := range pids {
		for i, state := range []string{"system", "user", "wait"} {
			fmt.Fprintf(&b, "%s{process_executable_name=\"app\",process_owner=\"ann\",process_pid=\"%d\",state=%q} %d.5 %d\n", metricCPU, pid, state, i+1, at)
		}
	}
	fmt.Fprintf(&b, "# TYPE %s gauge\n", metricMemory)
	for _, pid := range pids {
		fmt.Fprintf(&b, "%s{process_executable_name=\"app\",process_owner=\"ann\",process_pid=\"%d\"} 4096 %d\n", metricMemory, pid, at)
	}
	fmt.Fprintf(&b, "# TYPE %s counter\n", metricIO)
	for _, pid := range pids[:len(pids)-1] { // the last one's cannot be read
		for _, direction := range []string{"read", "write"} {
			fmt.Fprintf(&b, "%s{process_executable_name=\"app\",process_owner=\"ann\",process_pid=\"%d\",direction=%q} 100 %d\n", metricIO, pid, direction, at)
		}
	}
	return b.String()
}

func TestParseEndpoint(t *testing.T) {
	r, err := parseEndpoint(strings.NewReader(page(1500, 4, 5)))
	require.NoError(t, err)
	at := time.UnixMilli(1500)
	require.Equal(t, &reading{series: 11, other: true, processes: map[int64]*sample{
		4: {pid: 4, name: "app", owner: "ann", at: at, cpu: 4, memory: 4096, io: 200, readable: true},
		5: {pid: 5, name: "app", owner: "ann", at: at, cpu: 4, memory: 4096},
	}}, r)
	_, err = parseEndpoint(strings.NewReader("{"))
	require.ErrorContains(t, err, "read the Prometheus endpoint")
}

func TestParseGroups(t *testing.T) {
	r, err := parseEndpoint(strings.NewReader(`# TYPE process_count gauge
process_count{process_group="web"} 12
process_count{process_group="ann",process_owner="ann"} 3
`))
	require.NoError(t, err)
	require.Equal(t, &reading{series: 2, groups: 2, grouped: 15, processes: map[int64]*sample{}}, r)
}

// serve answers each request with the next page, and the last one for ever.
func serve(t *testing.T, patience time.Duration, pages ...string) (e *endpoint, asked *int) {
	t.Helper()
	asked = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(pages[min(*asked, len(pages)-1)]))
		*asked++
	}))
	e = newEndpoint(strings.TrimPrefix(s.URL, "http://"), patience)
	t.Cleanup(func() { e.client.CloseIdleConnections(); s.Close() })
	return e, asked
}

func TestTheEndpointIsReadUntilItHasTheScrape(t *testing.T) {
	younger := page(2000, 4, 5)
	ended := younger + fmt.Sprintf("ended{process_pid=%q} 1 1000\n", "6")
	e, asked := serve(t, time.Minute, page(1000, 4, 5), page(2000, 4), ended, younger)
	r, err := e.readAfter(context.Background(), time.UnixMilli(1000), 2, 11)
	require.NoError(t, err)
	require.Equal(t, 4, *asked)
	require.Len(t, r.processes, 2)
}

func TestPatienceWithTheEndpointEnds(t *testing.T) {
	e, _ := serve(t, time.Millisecond, page(1000, 4, 5))
	r, err := e.readAfter(context.Background(), time.UnixMilli(1000), 2, 11)
	require.NoError(t, err)
	require.Empty(t, r.processes)

	e, _ = serve(t, time.Millisecond, "{")
	_, err = e.readAfter(context.Background(), time.Time{}, 2, 11)
	require.ErrorContains(t, err, "read the Prometheus endpoint")
}

func TestRatesNeedTwoSamplesOfOneProcess(t *testing.T) {
	at := time.UnixMilli(1000)
	before := &sample{name: "a", at: at, cpu: 1, io: 100}
	for name, c := range map[string]struct {
		before *sample
		now    sample
		ok     bool
	}{
		"two samples":    {before, sample{name: "a", at: at.Add(2 * time.Second), cpu: 2, io: 300}, true},
		"first":          {nil, sample{name: "a", at: at, cpu: 2}, false},
		"another name":   {before, sample{name: "b", at: at.Add(time.Second), cpu: 2, io: 300}, false},
		"the same":       {before, *before, false},
		"smaller values": {before, sample{name: "a", at: at.Add(time.Second), cpu: 0.5, io: 300}, false},
	} {
		t.Run(name, func(t *testing.T) {
			cpu, io, ok := c.now.rates(c.before)
			require.Equal(t, c.ok, ok)
			if ok {
				require.Equal(t, 0.5, cpu)
				require.Equal(t, 100.0, io)
			}
		})
	}
}
