package try

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func transition(pid float64, name string, kept bool, rule string) childcollector.Record {
	return childcollector.Record{Message: "process transition", Fields: map[string]any{
		"pid": pid, "name": name, "kept": kept, "rule": rule, "subject": "cpu", "value": 0.5, "rank": 2.0, "threshold": 0.1,
	}}
}

func TestReasonsAreTheLatestTransitions(t *testing.T) {
	r := newReasons()
	both := map[int64]*sample{4: {}, 5: {}}
	r.add(transition(4, "a", true, "rank"))
	require.False(t, r.know(both))
	r.add(transition(5, "b", true, "critical"))
	require.True(t, r.know(both))

	kept, c := r.take()
	require.Equal(t, &Reason{PID: 4, Name: "a", Rule: "rank", Subject: "cpu", Value: 0.5, Rank: 2, Threshold: 0.1}, kept[4])
	require.Len(t, c.joined, 2)
	require.Empty(t, c.left)

	r.add(transition(4, "a", false, "below_rank"))
	r.forget(5)
	kept, c = r.take()
	require.Empty(t, kept)
	require.Empty(t, c.joined)
	require.Equal(t, "below_rank", c.left[4].Rule)
}

func readingOf(at time.Time, samples ...sample) *reading {
	r := &reading{series: 10, other: true, processes: map[int64]*sample{}}
	for _, s := range samples {
		s.at = at
		r.processes[s.pid] = &s
	}
	return r
}

func TestAScrapeOfTwoReadings(t *testing.T) {
	at := time.Unix(100, 0)
	before := readingOf(at,
		sample{pid: 1, name: "idle", memory: 5}, sample{pid: 2, name: "busy", cpu: 1, readable: true}, sample{pid: 4, name: "gone"}, sample{pid: 5, name: "slow"})
	now := readingOf(at.Add(2*time.Second),
		sample{pid: 1, name: "idle", memory: 5}, sample{pid: 2, name: "busy", cpu: 2, io: 10, readable: true}, sample{pid: 3, name: "new", memory: 9})
	record := scraperecord.Record{
		Time: at.Add(2 * time.Second).UnixNano(), Processes: 3, Series: 28,
		Compared: &scraperecord.Comparison{
			InputProcesses: 10, InputSeries: 100, Unreadable: 6, Reduction: 0.72, NamedCPU: 0.9, NamedMemory: 0.8, NamedIO: -1,
			Lost: scraperecord.Lost{Name: "x", PID: 9, CPU: 0.25}, IntegerError: 0, DoubleError: 1e-16, Nanoseconds: 5000,
		},
	}
	why := map[int64]*Reason{2: {PID: 2, Rule: "rank"}}
	s := newScrape(record, now, before, why)
	s.changed(changes{
		joined: map[int64]*Reason{3: {PID: 3}}, left: map[int64]*Reason{5: {PID: 5, Name: "slow", Rule: "below_rank"}},
	}, now, before)

	half, five, cpu, memory, zero := 0.5, 5.0, 0.9, 0.8, 0.0
	require.Equal(t, Scrape{
		Time:           at.Add(2 * time.Second),
		Processes:      Processes{In: 10, Kept: 3, Other: 7, WithoutIO: 6, Shown: 3},
		Series:         Series{In: 100, Out: 28, Reduction: 0.72, Endpoint: 10},
		Named:          Named{CPU: &cpu, Memory: &memory},
		LargestDropped: &Dropped{PID: 9, Name: "x", CPU: 0.25},
		Conservation:   Conservation{Doubles: 1e-16},
		Collector:      Collector{Took: 5 * time.Microsecond},
		Kept: []Kept{
			{PID: 2, Name: "busy", CPU: &half, IO: &five, Why: why[2]},
			{PID: 3, Name: "new", Memory: 9},
			{PID: 1, Name: "idle", CPU: &zero, Memory: 5},
		},
		Joined: []Reason{{PID: 3}},
		Left:   []Reason{{PID: 4, Name: "gone", Rule: ruleEnded}, {PID: 5, Name: "slow", Rule: "below_rank"}},
	}, s)
}

func TestAnIncompleteReadingEndsNoProcess(t *testing.T) {
	before := readingOf(time.Unix(100, 0), sample{pid: 1}, sample{pid: 2})
	now := readingOf(time.Unix(101, 0), sample{pid: 1})
	s := newScrape(scraperecord.Record{Processes: 2}, now, before, nil)
	s.changed(newChanges(), now, before)
	require.Empty(t, s.Left)
}

func TestTheNextScrapeIsComparedWithACompleteReading(t *testing.T) {
	session := &session{reasons: newReasons(), before: readingOf(time.Unix(100, 0), sample{pid: 1}, sample{pid: 2}, sample{pid: 3})}
	now := readingOf(time.Unix(101, 0), sample{pid: 1})
	session.reasons.add(transition(3, "c", true, "rank"))

	session.remember(&Scrape{Processes: Processes{Kept: 2, Shown: 1}, Left: []Reason{{PID: 2, Rule: "below_rank"}}}, now)
	require.Len(t, session.before.processes, 2)
	require.NotContains(t, session.before.processes, int64(2))

	session.remember(&Scrape{Processes: Processes{Kept: 1, Shown: 1}, Left: []Reason{{PID: 3, Rule: ruleEnded}}}, now)
	require.Equal(t, now, session.before)
	kept, _ := session.reasons.take()
	require.Empty(t, kept)
}

func TestTheSummaryKeepsTheWorst(t *testing.T) {
	var sum summary
	sum.add(&Scrape{Series: Series{In: 100, Out: 10}, Conservation: Conservation{Integers: 2}, Collector: Collector{Average: 1, Resident: 9}})
	sum.add(&Scrape{Series: Series{In: 300, Out: 20}, Conservation: Conservation{Doubles: 3}, Collector: Collector{Average: 2, Resident: 8}})
	require.Equal(t, summary{Scrapes: 2, in: 400, out: 30, worst: Conservation{2, 3}, average: 2, resident: 9}, sum)
}

// Of what was not compared nobody can say that it adds up.
func TestAnUnknownErrorIsTheSummarys(t *testing.T) {
	for _, order := range [][]Conservation{{{-1, -1}, {0, 0}}, {{0, 0}, {-1, -1}}} {
		var sum summary
		for _, c := range order {
			sum.add(&Scrape{Conservation: c})
		}
		require.Equal(t, Conservation{-1, -1}, sum.worst)
	}
}

func TestWhatBecomesOfProcessesThatAreNotKept(t *testing.T) {
	c := &scraperecord.Comparison{InputProcesses: 10}
	for name, w := range map[string]struct {
		now  reading
		want Processes
	}{
		"groups and others": {reading{groups: 2, grouped: 4, other: true}, Processes{In: 10, Kept: 3, Groups: 2, Grouped: 4, Other: 3}},
		"groups alone":      {reading{groups: 2, grouped: 7}, Processes{In: 10, Kept: 3, Groups: 2, Grouped: 7}},
		"more than there are, of the scrape before": {reading{groups: 2, grouped: 9}, Processes{In: 10, Kept: 3, Groups: 2, Grouped: 7}},
		"nothing stands for them":                   {reading{}, Processes{In: 10, Kept: 3, Dropped: 7}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, w.want, newProcesses(c, 3, &w.now)) })
	}
}
