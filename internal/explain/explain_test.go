package explain_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/explain"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// decider is a component that decided.
type decider struct {
	mode    string
	history process.History
}

func (*decider) HostNames() []string { return []string{"web-1"} }
func (d *decider) Mode() string      { return d.mode }

func (d *decider) Explain(_ string, q process.Query, now time.Time) []process.Transition {
	return d.history.Find(q, now.UnixNano())
}

func decided(mode string, all ...process.Transition) *decider {
	d := &decider{mode: mode}
	for _, t := range all {
		d.history.Add(t)
	}
	return d
}

var (
	began   = process.Transition{Time: 1000e9, ID: process.ID{PID: 7, Start: 900e9}, Name: "nginx", Kept: true, Rule: "rank", Subject: "cpu", Value: 1.5, Rank: 3, Threshold: 0.25}
	always  = process.Transition{Time: 1010e9, ID: process.ID{PID: 9}, Name: "a \x1b[31mred\u202e\"name\"", Kept: true, Rule: "critical", Subject: "database"}
	dropped = process.Transition{Time: 1020e9, ID: process.ID{PID: 7, Start: 900e9}, Name: "nginx", Rule: "below_rank", Subject: "cpu", Value: 0.1, Threshold: 0.3}
	now     = time.Unix(1030, 0)
)

func text(t *testing.T, r explain.Report) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.Text(&b, time.UTC))
	return b.String()
}

func TestText(t *testing.T) {
	d := decided("enforce", began, always, dropped)
	require.Equal(t, `topk/phoenix on web-1
SINCE                PID  NAME                       IS          RULE        BY        VALUE  RANK  THRESHOLD
1970-01-01 00:17:00  7    nginx                      in _other_  below_rank  cpu       0.1    -     0.3
1970-01-01 00:16:50  9    a \x1b[31mred\u202e"name"  kept        critical    database  -      -     -
1970-01-01 00:16:40  7    nginx                      kept        rank        cpu       1.5    3     0.25
`, text(t, explain.Of("topk/phoenix", d, "web-1", process.Query{}, now)))
}

func TestAQuestionAboutATime(t *testing.T) {
	d := decided("enforce", began, dropped)
	at := explain.Of("topk", d, "web-1", process.Query{PID: 7, Before: 1015e9}, now)
	require.Len(t, at.Decisions, 1)
	require.True(t, at.Decisions[0].Kept)
	require.Contains(t, text(t, explain.Of("topk", d, "", process.Query{Name: "java"}, now)),
		"topk on this host\nNo decision changed in the last 24 hours")
}

func TestWhoObservesSaysSo(t *testing.T) {
	r := explain.Of("topk", decided("observe", began), "web-1", process.Query{}, now)
	require.Contains(t, text(t, r), "topk on web-1 only observes: every process passes, and this is what enforce would do\n")
}

func TestJSON(t *testing.T) {
	d := decided("observe", began, process.Transition{Time: 1020e9, ID: process.ID{PID: 8}, Name: "sh", Rule: "threshold", Value: math.Inf(1), Threshold: math.NaN()})
	raw, err := json.Marshal(explain.Of("topk", d, "web-1", process.Query{}, now))
	require.NoError(t, err)
	require.JSONEq(t, `{"component": "topk", "host": "web-1", "mode": "observe", "decisions": [
		{"pid": 8, "name": "sh", "kept": false, "since": "1970-01-01T00:17:00Z", "rule": "threshold", "value": null, "threshold": null},
		{"pid": 7, "name": "nginx", "created": "1970-01-01T00:15:00Z", "kept": true, "since": "1970-01-01T00:16:40Z",
		 "rule": "rank", "subject": "cpu", "value": 1.5, "threshold": 0.25, "rank": 3}]}`, string(raw))
	raw, err = json.Marshal(explain.Of("topk", decided("enforce"), "web-1", process.Query{}, now))
	require.NoError(t, err)
	require.Contains(t, string(raw), `"decisions":[]`)
}

// Whatever a process calls itself, a terminal is shown printable text; JSON
// gives the name back, as far as it is text.
func TestNamesAreHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "name")
		r := explain.Of("topk", decided("enforce", process.Transition{Time: 1000e9, Name: name}), name, process.Query{}, now)
		var b strings.Builder
		require.NoError(t, r.Text(&b, time.UTC))
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		for _, shown := range []string{strings.ReplaceAll(b.String(), "\n", ""), string(raw)} {
			require.NotContains(t, shown, "\x1b")
			require.Equal(t, -1, strings.IndexFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", shown)
		}
		require.Equal(t, 3, strings.Count(b.String(), "\n"), "no name makes a line")
		var back explain.Report
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, string([]rune(name)), string(back.Host))
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestTextReportsWhatCannotBeWritten(t *testing.T) {
	require.EqualError(t, explain.Of("topk", decided("enforce", began), "", process.Query{}, now).Text(full{}, time.UTC), "no space")
}
