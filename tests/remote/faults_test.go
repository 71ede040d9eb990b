//go:build linux

package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// everything says that tests take their whole time: make faults.
func everything() bool { return os.Getenv("PHOENIX_FAULTS") == "all" }

// some are all of a list, or the first few if there is little time.
func some[T any](list []T, few int) []T {
	if everything() {
		return list
	}
	return list[:min(few, len(list))]
}

// wide allows what can go wrong when it starts.
const wide = `  components:
    receivers/otlp:
      protocols::http::endpoint: {type: endpoint}
      protocols::grpc::endpoint: {type: endpoint}
    exporters/prometheus: {endpoint: {type: endpoint}}
    exporters/otlphttp: {endpoint: {type: endpoint}, "headers::authorization": {type: string}}
    exporters/nop: {}
  endpoints: [TAKEN, ELSEWHERE, NAMELESS, OTLP, PAGE, OWN, SINK, "http://CLOSED"]
`

// addresses are those that a component cannot listen on.
type addresses map[string]string

func (a addresses) fill(text string) string {
	for name, address := range a {
		text = strings.ReplaceAll(text, name, address)
	}
	return text
}

// newFaultyHost is a host that allows a remote configuration to go wrong.
func newFaultyHost(t *testing.T) (*host, addresses) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { taken.Close() })
	a := addresses{
		"TAKEN": taken.Addr().String(), "CLOSED": free(t), "PAGE": free(t), "OWN": free(t),
		"ELSEWHERE": "192.0.2.1:4318", "NAMELESS": "nobody.invalid:4318",
	}
	h := newHost(t, a.fill(wide))
	h.agentFile = h.fill(h.agentFile) + a.fill(fmt.Sprintf(`
page: {listen: PAGE, token_file: %s/page.token}
`, h.dir))
	h.agentFile = strings.Replace(h.agentFile, "destinations:\n", "destinations:\n"+h.fill(badDestinations), 1)
	_, port, _ := net.SplitHostPort(a["OWN"])
	h.owner = strings.Replace(h.owner, "readers: []", "readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: "+port+"}}}}]", 1)
	a["OTLP"], a["SINK"] = h.sink.inbound, h.sink.endpoint
	require.NoError(t, os.WriteFile(h.dir+"/page.token", []byte(strings.Repeat("x", 40)), 0o600))
	require.NoError(t, os.WriteFile(h.dir+"/garbage.pem", []byte("garbage"), 0o600))
	return h, a
}

// badDestinations cannot start, which nobody sees before they do.
const badDestinations = `  no-ca: {endpoint: "https://127.0.0.1:9", tls: {ca_file: DIR/missing.pem}}
  bad-ca: {endpoint: "https://127.0.0.1:9", tls: {ca_file: DIR/garbage.pem}}
  no-cert: {endpoint: "https://127.0.0.1:9", tls: {cert_file: DIR/missing.pem, key_file: DIR/missing.pem}}
  bad-cert: {endpoint: "https://127.0.0.1:9", tls: {cert_file: DIR/garbage.pem, key_file: DIR/garbage.pem}}
  bad-grpc: {type: otlp, endpoint: "127.0.0.1:9", tls: {ca_file: DIR/garbage.pem}}
`

// fault is a remote configuration that goes wrong.
type fault struct {
	name   string
	config string
	code   remoteconfig.Code
}

// unstartable are valid, and cannot start.
func unstartable(a addresses) (all []fault) {
	for _, d := range []string{"otlphttp/no-ca", "otlphttp/bad-ca", "otlphttp/no-cert", "otlphttp/bad-cert", "otlp/bad-grpc"} {
		all = append(all, fault{"a destination: " + d, strings.Replace(keeping(5), "otlphttp/destination", d, 1), remoteconfig.FailedToStart})
	}
	for _, where := range []string{"TAKEN", "ELSEWHERE", "NAMELESS", "OTLP", "PAGE", "OWN"} {
		for what, config := range map[string]string{
			"exporter prometheus": exporting("prometheus/phoenix", "{endpoint: WHERE}"),
			"receiver otlp http":  receiving("{http: {endpoint: WHERE}}"),
			"receiver otlp grpc":  receiving("{grpc: {endpoint: WHERE}}"),
		} {
			config = strings.ReplaceAll(config, "WHERE", a[where])
			all = append(all, fault{fmt.Sprintf("%s at %s", what, strings.ToLower(where)), config, remoteconfig.FailedToStart})
		}
	}
	return all
}

// exporting is keeping with an exporter of its own.
func exporting(id, settings string) string {
	config := strings.Replace(keeping(5), "otlphttp/destination", "otlphttp/destination, "+id, 1)
	return config + "exporters: {" + id + ": " + settings + "}\n"
}

// receiving is keeping with an OTLP receiver of its own.
func receiving(protocols string) string {
	config := strings.Replace(keeping(5), "receivers:\n", "receivers:\n  otlp/phoenix: {protocols: "+protocols+"}\n", 1)
	return strings.Replace(config, "[hostmetrics/phoenix]", "[hostmetrics/phoenix, otlp/phoenix]", 1)
}

// The last good one runs soon after each failure, the cause is recorded and
// told, and the good one's file is as it was.
func TestWhatCannotStartGoesBack(t *testing.T) {
	h, a := newFaultyHost(t)
	h.start()
	good := h.apply(keeping(5))
	var rows []row
	for _, f := range some(unstartable(a), 4) {
		rows = append(rows, h.goesBack(good, f))
	}
	report(t, rows)
}

// Healthy components through which no data flows are no success.
func TestDataThatGoesNowhereGoesBack(t *testing.T) {
	h, a := newFaultyHost(t)
	h.start()
	good := h.apply(keeping(5))
	own := func(settings string) string {
		return strings.Replace(exporting("otlphttp/phoenix", settings), "otlphttp/destination, ", "", 1)
	}
	wrongToken := own(a.fill(`{endpoint: "SINK", headers: {authorization: wrong}}`))
	h.sink.refuseWith("wrong")
	var rows []row
	for _, f := range []fault{
		{"wrong endpoint", own(a.fill(`{endpoint: "http://CLOSED"}`)), remoteconfig.Unhealthy},
		{"wrong token", wrongToken, remoteconfig.Unhealthy},
		{"nop", strings.Replace(exporting("nop/phoenix", "{}"), "otlphttp/destination, ", "", 1), remoteconfig.Unhealthy},
		{"a filter that drops all", filtering(), remoteconfig.Unhealthy},
		{"a receiver that finds nothing", strings.Replace(keeping(5), "process: {", "process: {include: {match_type: strict, names: [no-such-program]}, ", 1), remoteconfig.Unhealthy},
	} {
		rows = append(rows, h.goesBack(good, f))
	}
	report(t, rows)
}

// filtering is keeping with a filter that drops everything.
func filtering() string {
	config := strings.Replace(keeping(5), "processors:\n", "processors:\n  filter/phoenix: {metric_conditions: [{context: resource, conditions: [\"true\"]}]}\n", 1)
	return strings.Replace(config, "[topk/phoenix]", "[topk/phoenix, filter/phoenix]", 1)
}

// A backend that is away says nothing about the configuration.
func TestABackendThatIsAwayBlocksNothing(t *testing.T) {
	h := newHost(t, "")
	h.start()
	good := h.apply(keeping(5))
	h.sink.refuseAll(503)
	second := keeping(6)
	require.Contains(t, h.refuse(second), "unproven")
	require.Empty(t, h.state().State.Blocked)
	h.sink.refuseAll(0)
	h.apply(second)
	h.apply(keeping(5))
	require.Equal(t, good, string(h.state().State.Runs.Hash))
}

// row is what a fault did.
type row struct {
	fault
	cause string
	down  time.Duration // without a service
	back  time.Duration // from the offer to the report that it failed
}

// goesBack offers what goes wrong, and checks that all is as before then.
func (h *host) goesBack(good string, f fault) row {
	h.t.Helper()
	before := h.file(good)
	begun := h.logged()
	offered := time.Now()
	cause := h.refuse(f.config)
	r := row{fault: f, cause: cause, back: time.Since(offered)}
	require.True(h.t, strings.HasPrefix(cause, string(f.code)), "%s: %s", f.name, cause)
	h.awaitRuns(good)
	require.Eventually(h.t, func() (up bool) {
		r.down, up = h.down(begun)
		return up
	}, patience, 50*time.Millisecond, "%s: no service came up", f.name)
	require.Less(h.t, r.down, 30*time.Second, f.name)
	require.Equal(h.t, before, h.file(good), f.name)
	bad := remoteconfig.Sum([]byte(f.config))
	var recorded remoteconfig.Attempt
	for _, attempt := range h.state().Attempts {
		if attempt.Hash == bad {
			recorded = attempt
		}
	}
	require.Equal(h.t, f.code, recorded.Cause.Code, f.name)
	return r
}

// file is a stored configuration.
func (h *host) file(hash string) string {
	content, err := os.ReadFile(h.dir + "/state/configs/" + hash)
	require.NoError(h.t, err)
	sum := sha256.Sum256(content)
	require.Equal(h.t, hash, hex.EncodeToString(sum[:]))
	return string(content)
}

// awaitRuns waits until a configuration runs, by what the page says.
func (h *host) awaitRuns(hash string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		status, ok := h.status()
		return ok && string(status.Remote.Runs.Hash) == hash && status.Remote.Phase != remoteconfig.Trial
	}, patience, 100*time.Millisecond, "%s does not run", hash[:8])
}

// report prints what faults did.
func report(t *testing.T, rows []row) {
	t.Helper()
	longest := time.Duration(0)
	for _, r := range rows {
		longest = max(longest, r.down)
		cause, _, _ := strings.Cut(r.cause, "\n")
		t.Logf("%-38s FAILED after %5.1f s, without a service %4.1f s: %.150s", r.name, r.back.Seconds(), r.down.Seconds(), cause)
	}
	t.Logf("%d configurations; longest time without a service %.1f s", len(rows), longest.Seconds())
}
