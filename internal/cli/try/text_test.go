package try

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func some(v float64) *float64 { return &v }

// busyHost is a scrape with something to say in every line.
func busyHost() *Scrape {
	return &Scrape{
		Number: 12, Time: time.Date(2026, 3, 1, 14, 31, 5, 0, time.UTC), Host: "build-1",
		Processes:      Processes{In: 4113, Kept: 7, Other: 4106, WithoutIO: 3921, Shown: 7},
		Series:         Series{In: 28791, Out: 57, Reduction: 1 - 57.0/28791, Endpoint: 57},
		Named:          Named{some(0.9712), some(0.4), nil},
		LargestDropped: &Dropped{PID: 4211, Name: "sh", CPU: 0.0101},
		Conservation:   Conservation{Doubles: 2.3e-14},
		Critical: []scraperecord.Critical{
			{Name: "database", State: scraperecord.StateKept, Processes: 3},
			{Name: "queue", State: scraperecord.StateNeverSeen},
			{Name: "cron", State: scraperecord.StateNotRunning},
		},
		Collector: Collector{PID: 7, CPU: 0.0312, Average: 0.04, Resident: 97 << 20, Took: 1234 * time.Microsecond},
		Kept: []Kept{
			{PID: 1234567, Name: "a-very-long-executable", CPU: some(12.5), Memory: 1023 << 20, IO: some(1 << 20), Why: &Reason{Rule: "rank", Subject: "cpu", Value: 12.25, Rank: 1, Threshold: 0.005}},
			{PID: 22, Name: "java", CPU: some(1.5), Memory: 9.99 * (1 << 30), IO: some(0), Why: &Reason{Rule: "rank", Subject: "memory", Value: 1023 << 20, Rank: 2, Threshold: 999 << 20}},
			{PID: 23, Name: "dd", CPU: some(0.1), Memory: 1 << 20, IO: some(99.94 * (1 << 20)), Why: &Reason{Rule: "hysteresis", Subject: "disk_io", Value: 1023 << 20, Threshold: 1023 << 10}},
			{PID: 24, Name: "postgres", Memory: 100 << 20, Why: &Reason{Rule: "critical", Subject: "database"}},
			{PID: 25, Name: "no-reason", Memory: 0},
			{PID: 26, Name: "few", Memory: 5, Why: &Reason{Rule: "rank", Subject: "process.threads", Value: 12}},
			{PID: 27, Name: "not shown"},
		},
		Joined: []Reason{{PID: 1, Name: "one"}, {PID: 22, Name: "java"}},
		Left: []Reason{
			{PID: 31, Name: "make", Rule: ruleEnded},
			{PID: 32, Name: "cc1plus", Rule: "below_rank"},
			{PID: 33, Name: "gcc", Rule: "max_series"},
			{PID: 34, Name: "ld", Rule: ruleEnded},
			{PID: 35, Name: "as", Rule: ruleEnded},
		},
	}
}

// firstScrape is one of a quiet host, with nothing to compare with yet.
func firstScrape() *Scrape {
	return &Scrape{
		Number: 1, Time: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Processes: Processes{In: 1, Kept: 1, Shown: 1, WithoutIO: 1},
		Series: Series{In: 5, Out: 5, Endpoint: 5}, Kept: []Kept{{PID: 1, Name: "init"}}, Joined: []Reason{{PID: 1, Name: "init"}},
	}
}

// alarming is one in which everything is wrong.
func alarming() *Scrape {
	s := firstScrape()
	s.Number = 2
	s.Processes = Processes{In: 10, Kept: 5, Other: 5}
	s.Conservation = Conservation{Integers: 4096, Doubles: 0.25}
	s.Critical = []scraperecord.Critical{{Name: "database", State: scraperecord.StateDropped, Processes: 1}}
	s.Kept, s.Joined = nil, nil
	return s
}

// grouped is one of groups, without an _other_.
func grouped() *Scrape {
	s := firstScrape()
	s.Processes = Processes{In: 1200, Kept: 1, Shown: 1, Groups: 12, Grouped: 1150, Dropped: 49}
	return s
}

func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		scrape *Scrape
		root   bool
	}{
		"busy_host": {busyHost(), false}, "first_scrape": {firstScrape(), true}, "alarming": {alarming(), true}, "groups": {grouped(), true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			v := &textView{w: &out, style: plain, root: c.root, opts: Options{Template: "process-topk-v1", Interval: 5 * time.Second, Top: 6}}
			require.NoError(t, v.begin("build-1", "http://127.0.0.1:9464/metrics"))
			require.NoError(t, v.scrape(c.scrape))
			require.NoError(t, v.end(&summary{Begun: time.Now(), Scrapes: 2, in: 2000, out: 90, worst: c.scrape.Conservation, average: 0.02, resident: 1 << 27}))
			golden(t, name+".txt", out.String())
			for _, line := range strings.Split(out.String(), "\n") {
				require.LessOrEqual(t, len([]rune(line)), width, line)
			}
		})
	}
}

func TestASessionWithoutAScrapeHasNoSummary(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, (&textView{w: &out, style: plain}).end(&summary{}))
	require.Empty(t, out.String())
}

func TestColoursChangeNoCharacter(t *testing.T) {
	print := func(s style) string {
		var out bytes.Buffer
		require.NoError(t, (&textView{w: &out, style: s, opts: Options{Top: 6}}).scrape(alarming()))
		return out.String()
	}
	text := print(coloured)
	require.Contains(t, text, "\x1b[")
	for _, code := range strings.Split(text, "\x1b[")[1:] {
		text = strings.Replace(text, "\x1b["+code[:strings.IndexByte(code, 'm')+1], "", 1)
	}
	require.Equal(t, print(plain), text)
	require.False(t, colours(&bytes.Buffer{}), "what is no terminal has none")
}

func TestAProcessCannotNameItselfIntoTheTerminal(t *testing.T) {
	s := busyHost()
	hostile := "\x1b[2Jx\n\u202e"
	s.Kept[0].Name, s.LargestDropped.Name, s.Joined[0].Name, s.Critical[0].Name = hostile, hostile, hostile, hostile
	s.Kept[3].Why.Subject = hostile
	var out, noted bytes.Buffer
	require.NoError(t, (&textView{w: &out, style: plain, opts: Options{Top: 6}}).scrape(s))
	require.Equal(t, 5, strings.Count(out.String(), "?[2Jx??"))
	require.NotContains(t, out.String(), "\x1b")

	n := newNotes(&noted)
	n.add(hostile)
	n.add(hostile)
	require.Equal(t, "note: ?[2Jx??\n", noted.String())
}

func TestJSONIsOneLinePerScrape(t *testing.T) {
	var out, beside bytes.Buffer
	v := newView(Options{JSON: true}, &out, &beside)
	require.NoError(t, v.begin("h", "u"))
	require.NoError(t, v.scrape(busyHost()))
	require.NoError(t, v.scrape(firstScrape()))
	require.NoError(t, v.end(&summary{Begun: time.Now(), Scrapes: 2}))
	require.Contains(t, beside.String(), "2 scrapes in")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	var got Scrape
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &got))
	require.Equal(t, busyHost(), &got)
	golden(t, "busy_host.json", lines[0]+"\n")
}

func TestTotalsThatAreUnknown(t *testing.T) {
	require.Equal(t, "integers off by –, doubles by –", new(textView).totals(Conservation{Integers: -1, Doubles: -1}))
}
