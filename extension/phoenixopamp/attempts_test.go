package phoenixopamp

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp/internal/metadatatest"
	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// tried is a life in which one configuration was blocked and another settled.
func tried() *life {
	bad, good := remoteconfig.Sum([]byte("bad")), remoteconfig.Sum([]byte("good"))
	cause := remoteconfig.Cause{Code: remoteconfig.Unhealthy, Detail: "sent\nnothing"}
	return &life{status: hostagent.Status{
		Runs: remoteconfig.Run{Source: remoteconfig.LastGood, Hash: good}, Phase: remoteconfig.Stable, Since: noon,
		Candidate: bad, Generation: 7, Blocked: []remoteconfig.Block{{Hash: bad, Cause: cause, At: noon}},
		Attempts: []remoteconfig.Attempt{
			{ID: 4, Hash: good, Offered: noon, Confirmed: noon, Ended: noon.Add(time.Minute), Outcome: remoteconfig.Settled},
			{ID: 5, Hash: bad, Offered: noon, Applied: noon, Ended: noon.Add(time.Hour), Outcome: remoteconfig.WentBack, Cause: cause, Reason: "less\tdata"},
			{ID: 6, Hash: bad, Offered: noon},
		},
		RevealUntil: noon.Add(time.Hour), Problems: []string{"slot 1 was damaged"}, AgentFile: "/etc/otelcol-phoenix/agent.yaml",
	}}
}

func TestThePageShowsTheLifeOfRemoteConfigurations(t *testing.T) {
	e := startWith(t, configure(t, ""), tried())
	c := socketClient(t, e.cfg.socket())
	_, body := get(t, c, "http://page/status")
	bad, good := remoteconfig.Sum([]byte("bad")).Short(), remoteconfig.Sum([]byte("good")).Short()
	for _, want := range []string{
		`runs +` + good + ` the last good one`,
		`phase +stable since 2026-01-31T12:00:00Z`,
		`candidate +` + bad,
		`generation +7`,
		`blocked ` + bad + ` +2026-01-31T12:00:00Z unhealthy: sent; nothing`,
		`everything revealed +until 2026-01-31T13:00:00Z`,
		`problem +slot 1 was damaged`,
		`agent file +/etc/otelcol-phoenix/agent.yaml`,
	} {
		require.Regexp(t, `(?m)^`+want+`$`, body)
	}
	_, first := get(t, c, "http://page/")
	require.Contains(t, first, body)

	_, body = get(t, c, "http://page/status?format=json")
	var status struct {
		Remote map[string]any `json:"remote"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &status))
	require.Equal(t, "stable", status.Remote["phase"])
	require.NotContains(t, status.Remote, "attempts", "they have a page of their own")
}

func TestThePageSaysThatAReloadIsDue(t *testing.T) {
	r := tried()
	r.status.ReloadDue = true
	e := startWith(t, configure(t, ""), r)
	_, body := get(t, socketClient(t, e.cfg.socket()), "http://page/status")
	require.Regexp(t, `(?m)^runs +.* the last good one, after a reload that is due$`, body)
}

func TestThePageShowsTheAttempts(t *testing.T) {
	e := startWith(t, configure(t, ""), tried())
	c := socketClient(t, e.cfg.socket())
	_, body := get(t, c, "http://page/attempts")
	bad := remoteconfig.Sum([]byte("bad")).Short()
	require.Regexp(t, `(?m)^5 +`+bad+` +2026-01-31T12:00:00Z +applied +2026-01-31T13:00:00Z +went_back +unhealthy: sent; nothing +less data$`, body)
	require.Regexp(t, `(?m)^6 +`+bad+` +\S+ +received +- +goes on +-`, body)
	_, body = get(t, c, "http://page/attempts?format=json")
	var got tries
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	require.EqualValues(t, 6, got.Attempts[0].ID, "the latest comes first")
}

func TestWithoutRemoteConfigurationsThePageSaysNothingOfThem(t *testing.T) {
	e := start(t, configure(t, ""))
	c := socketClient(t, e.cfg.socket())
	_, body := get(t, c, "http://page/status")
	require.NotContains(t, body, "phase")
	_, body = get(t, c, "http://page/status?format=json")
	require.NotContains(t, body, "remote")
	_, body = get(t, c, "http://page/attempts")
	require.Equal(t, "No remote configuration was ever tried here.\n", body)
	_, body = get(t, c, "http://page/attempts?format=json")
	require.JSONEq(t, `{"attempts": []}`, body)
}

func TestTheMetricsSayHowRemoteConfigurationsFare(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	defer telemetry.Shutdown(t.Context())
	var s state
	b, err := observe(telemetry.NewTelemetrySettings(), &s, tried())
	require.NoError(t, err)
	defer b.Shutdown()
	s.count(func(n *standing) { n.Offered = 9 })
	s.answered(remoteconfig.Applied)

	ignore := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualExtensionPhoenixOpampOffers(t, telemetry, point(9), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampAnswers(t, telemetry, point(1, attribute.String("status", "applied")), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampAttempts(t, telemetry, point(6), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampBlocked(t, telemetry, point(1), ignore)
	var phases []metricdata.DataPoint[int64]
	for phase, n := range map[string]int64{"stable": 1, "armed": 0, "trial": 0, "probation": 0} {
		phases = append(phases, point(n, attribute.String("phase", phase))...)
	}
	metadatatest.AssertEqualExtensionPhoenixOpampPhase(t, telemetry, phases, ignore)
}
