package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestAnAnswerIsInTheFormOfPrometheus(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	at := time.Now().Truncate(time.Second)
	a, err := s.Query(context.Background(), "vector(1) * 2", at)
	require.NoError(t, err)
	raw, err := json.Marshal(a)
	require.NoError(t, err)
	want, err := json.Marshal(map[string]any{"resultType": "vector", "result": []any{map[string]any{"metric": struct{}{}, "value": []any{at.Unix(), "2"}}}})
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(raw))
	for query, kind := range map[string]string{"1": "scalar", "vector(1)[1m:10s]": "matrix"} {
		a, err := s.Query(context.Background(), query, at)
		require.NoError(t, err)
		require.Equal(t, kind, a.Type)
	}
}

func TestARangeHasAPointAtEachStep(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	now := time.Now().Truncate(time.Second)
	for _, ago := range []time.Duration{20, 10, 0} {
		send(t, s, someone, aScrape(now.Add(-ago*time.Second)))
	}
	a, err := s.QueryRange(context.Background(), "phoenix_scrape_series", Range{now.Add(-20 * time.Second), now, 10 * time.Second})
	require.NoError(t, err)
	m := a.Result.(model.Matrix)
	require.Len(t, m, 1)
	require.Len(t, m[0].Values, 3)
}

func TestTheLimitsOfAQuery(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir(), MaxSamples: 100})
	now := time.Now()
	padded := func(n int) string { return "1" + strings.Repeat(" ", n-1) }
	_, err := s.Query(context.Background(), padded(maxQuery), now)
	require.NoError(t, err)
	for query, want := range map[string]string{
		padded(maxQuery + 1):          "at most 16384",
		" ":                           "it is empty",
		"sum(":                        "parse error",
		`"x"`:                         "its value is a text",
		"vector(1)[200s:1s]":          "too many samples",
		strings.Repeat("(", 9000):     "parse error",
		"rate(phoenix_scrape_series)": "expected type range vector",
		"group_left":                  "",
		`{__name__=~".*", agent=~"(a*)*(a*)*b$"}`: "",
	} {
		_, err := s.Query(context.Background(), query, now)
		if want == "" {
			require.NotEqual(t, controlplane.CodeUnavailable, controlplane.CodeOf(err))
			continue
		}
		require.ErrorContains(t, err, want)
		require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(err), query)
	}
	for r, want := range map[Range]string{
		{now.Add(-maxPoints * time.Second), now, time.Second}:       "",
		{now.Add(-(maxPoints + 1) * time.Second), now, time.Second}: "more than 11000 points",
		{now, now.Add(-time.Second), time.Second}:                   "before start",
		{now, now, 0}: "it must be above 0",
	} {
		_, err := s.QueryRange(context.Background(), "1", r)
		if want != "" {
			require.ErrorContains(t, err, want)
			require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(err))
		} else {
			require.ErrorContains(t, err, "too many samples", "the points pass, the samples do not")
		}
	}
}

func TestAQueryThatTakesTooLongIsTheCallersError(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir(), QueryTimeout: time.Millisecond})
	_, err := s.Query(context.Background(), "max_over_time(vector(1)[1000000s:1s])", time.Now())
	require.ErrorContains(t, err, "it takes longer than 1ms")
	require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(err))
}

func TestSeriesAndLabels(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	now := time.Now()
	send(t, s, someone, aScrape(now))
	found, err := s.Series(context.Background(), `phoenix_scrape_critical`, now.Add(-time.Minute), now)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "kept", string(found[0]["phoenix_critical_state"]))
	found, err = s.Series(context.Background(), `phoenix_scrape_critical`, now.Add(-time.Hour), now.Add(-time.Minute))
	require.NoError(t, err)
	require.Empty(t, found)
	_, err = s.Series(context.Background(), `{`, now, now)
	require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(err))
	names, _, _, err := s.API().LabelNames(context.Background(), nil, now.Add(-time.Minute), now)
	require.NoError(t, err)
	require.Contains(t, names, model.LabelName(LabelDeployment))
	values, _, _, err := s.API().LabelValues(context.Background(), LabelAgent, []string{"phoenix_scrape_series"}, now.Add(-time.Minute), now)
	require.NoError(t, err)
	require.Equal(t, model.LabelValues{"a1"}, values)
}

// TestTheHandlerNeverFails asks the API for what is no query.
func TestTheHandlerNeverFails(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	send(t, s, someone, aScrape(time.Now()))
	for _, c := range []struct {
		path string
		form url.Values
		want int
	}{
		{"query", url.Values{"query": {"1"}}, 200},
		{"query", url.Values{"query": {"1"}, "time": {"2026-11-26T10:00:00Z"}}, 200},
		{"query", url.Values{"query": {"1"}, "time": {"NaN"}}, 400},
		{"query", url.Values{"query": {"1"}, "time": {"1e300"}}, 400},
		{"query", url.Values{"query": {"1"}, "time": {"yesterday"}}, 400},
		{"query", url.Values{"query": {"\xff"}}, 400},
		{"query_range", url.Values{"query": {"1"}, "start": {"1"}, "end": {"2"}, "step": {"1m"}}, 200},
		{"query_range", url.Values{"query": {"1"}, "start": {"1"}, "end": {"1e9"}, "step": {"1"}}, 400},
		{"query_range", url.Values{"query": {"1"}, "start": {"1"}, "end": {"2"}, "step": {"-1"}}, 400},
		{"query_range", url.Values{"query": {"1"}, "start": {"x"}}, 400},
		{"query_range", url.Values{"query": {"1"}, "end": {"x"}}, 400},
		{"series", url.Values{}, 400},
		{"series", url.Values{"match[]": {"{"}}, 400},
		{"series", url.Values{"match[]": {"up", `{agent="a1"}`}}, 200},
		{"labels", url.Values{"start": {"x"}}, 400},
		{"labels", url.Values{}, 200},
		{"label/agent/values", url.Values{"end": {"x"}}, 400},
		{"label/agent/values", url.Values{}, 200},
		{"label/%ff/values", url.Values{}, 400},
	} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/"+c.path+"?"+c.form.Encode(), nil))
		require.Equal(t, c.want, w.Code, "%s %v: %s", c.path, c.form, w.Body)
		require.True(t, json.Valid(w.Body.Bytes()))
	}
}

func TestAListThatIsCutSaysSo(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	now := time.Now()
	for n, cut := range map[int]bool{maxListed - 1: false, maxListed + 1: true} {
		name := fmt.Sprint("many_", n)
		require.NoError(t, s.write(context.Background(), func(app storage.AppenderV2) error {
			for i := range n {
				ls := labels.FromStrings(model.MetricNameLabel, name, "i", fmt.Sprint(i))
				if _, err := app.Append(0, ls, 0, now.UnixMilli(), 1, nil, nil, storage.AOptions{}); err != nil {
					return err
				}
			}
			return nil
		}))
		found, warnings, _, err := s.API().Series(context.Background(), []string{name}, now.Add(-time.Minute), now)
		require.NoError(t, err)
		require.Equal(t, min(n, maxListed), len(found))
		require.Equal(t, cut, len(warnings) > 0)
	}
}
