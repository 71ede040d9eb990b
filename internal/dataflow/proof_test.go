package dataflow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// trial is of a pipeline from one receiver to an exporter of its own and a
// destination.
func trial(t testing.TB) Expectation {
	return Expect(parse(t, `
receivers: {processmetrics/phoenix: {collection_interval: 10s}}
service:
  pipelines:
    metrics/phoenix: {receivers: [processmetrics/phoenix], exporters: [otlphttp/phoenix, otlphttp/destination]}
`), nil)
}

// counts is a report of a service about the pipeline of trial.
func counts(n uint64, service string, r Receiver, own, destination Exporter) Counts {
	return Counts{
		Report: n, Service: service,
		Receivers: map[string]Receiver{"processmetrics/phoenix": r},
		Exporters: map[string]Exporter{"otlphttp/phoenix": own, "otlphttp/destination": destination},
	}
}

// accepted are reports of a receiver that works, and of exporters in the states
// given, each after the receiver's next scrape.
func accepted(scrapes int, own, destination Exporter) (list []Counts) {
	for i := range scrapes {
		list = append(list, counts(uint64(i+1), "new", Receiver{Accepted: int64(i+1) * 100}, own, destination))
	}
	return list
}

func TestVerdictAtTheDeadline(t *testing.T) {
	sent := Exporter{Sent: 200}
	const (
		receiver    = "pipelines/metrics/phoenix/receivers/processmetrics/phoenix"
		own         = "pipelines/metrics/phoenix/exporters/otlphttp/phoenix"
		destination = "pipelines/metrics/phoenix/exporters/otlphttp/destination"
	)
	for name, c := range map[string]struct {
		reports   []Counts
		unwell    bool
		code      remoteconfig.Code
		component string
		detail    string
	}{
		"all flows":                       {reports: accepted(2, sent, sent)},
		"all flows, unwell":               {reports: accepted(2, sent, sent), unwell: true, code: remoteconfig.Unhealthy, detail: "a component is not well"},
		"no report":                       {code: remoteconfig.Unproven, detail: "own metrics did not come in 35s"},
		"one scrape":                      {accepted(1, sent, sent), false, remoteconfig.Unhealthy, receiver, "it brought something 1 times in 35s, and 2 are needed"},
		"nothing scraped":                 {[]Counts{{Report: 1}}, false, remoteconfig.Unhealthy, receiver, "it brought something 0 times"},
		"nothing comes to an exporter":    {accepted(3, Exporter{}, sent), false, remoteconfig.Unhealthy, own, "nothing came to it in 35s; check the filters"},
		"nothing comes to a destination":  {accepted(3, sent, Exporter{}), false, remoteconfig.Unhealthy, destination, "nothing came to it"},
		"its own exporter fails":          {accepted(3, Exporter{Failed: 1}, sent), false, remoteconfig.Unhealthy, own, "check its endpoint"},
		"its own exporter's queue grows":  {accepted(3, Exporter{Waiting: 1}, sent), true, remoteconfig.Unhealthy, own, "check its endpoint"},
		"a destination fails":             {accepted(3, sent, Exporter{Failed: 9}), false, remoteconfig.Unproven, destination, "its backend is up"},
		"a destination's queue, unwell":   {accepted(3, sent, Exporter{Waiting: 9}), true, remoteconfig.Unproven, destination, "its backend is up"},
		"both fail":                       {accepted(3, Exporter{Failed: 1}, Exporter{Failed: 1}), false, remoteconfig.Unhealthy, own, "check its endpoint"},
		"one gets nothing, one fails":     {accepted(3, Exporter{}, Exporter{Failed: 1}), false, remoteconfig.Unhealthy, own, "nothing came"},
		"a destination without a queue":   {[]Counts{counts(1, "new", Receiver{Refused: 100}, sent, Exporter{Failed: 100})}, false, remoteconfig.Unproven, destination, "its backend is up"},
		"one that failed after it sent":   {[]Counts{counts(1, "new", Receiver{Accepted: 100, Refused: 100}, sent, Exporter{Sent: 100, Failed: 100})}, false, remoteconfig.Unproven, destination, "its backend is up"},
		"its own without a queue":         {[]Counts{counts(1, "new", Receiver{Refused: 100}, Exporter{Failed: 100}, sent)}, false, remoteconfig.Unhealthy, own, "check its endpoint"},
		"a processor refuses":             {[]Counts{counts(1, "new", Receiver{Refused: 100}, Exporter{}, Exporter{})}, false, remoteconfig.Unhealthy, receiver, "the processors behind it refuse"},
		"the same report twice":           {[]Counts{accepted(1, sent, sent)[0], accepted(1, sent, sent)[0]}, false, remoteconfig.Unhealthy, receiver, "it brought something 1 times"},
		"a scrape that brought no points": {append(accepted(1, sent, sent), counts(2, "new", Receiver{Accepted: 100}, sent, sent)), false, remoteconfig.Unhealthy, receiver, "1 times"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Begin(trial(t), Counts{}, 10*time.Second, began)
			for _, r := range c.reports {
				p.Observe(r)
			}
			require.Equal(t, began.Add(35*time.Second), p.Deadline())
			v := p.Verdict(!c.unwell, p.Deadline())
			require.True(t, v.Decided)
			require.Equal(t, c.code, v.Cause.Code)
			require.Equal(t, c.component, v.Cause.Component)
			require.Contains(t, v.Cause.Detail, c.detail)
			if c.code != "" {
				require.Equal(t, Verdict{}, p.Verdict(!c.unwell, p.Deadline().Add(-1)), "before, all can still be well")
			}
		})
	}
}

func TestAnExporterThatDropsEverythingIsNamed(t *testing.T) {
	p := Begin(Expect(parse(t, `
receivers: {processmetrics/phoenix: {collection_interval: 10s}}
service:
  pipelines:
    metrics/phoenix: {receivers: [processmetrics/phoenix], exporters: [nop]}
`), nil), Counts{}, time.Second, began)
	for _, r := range accepted(2, Exporter{}, Exporter{}) {
		p.Observe(r)
	}
	require.Equal(t, "unhealthy at pipelines/metrics/phoenix/exporters/nop: it drops everything; send to a destination of the agent file",
		p.Verdict(true, p.Deadline()).Cause.Error())
}

func TestWorkThatIsSeenIsConfirmedAfterItsTime(t *testing.T) {
	p := Begin(trial(t), Counts{}, 10*time.Second, began)
	for _, r := range accepted(2, Exporter{Sent: 1}, Exporter{Sent: 1}) {
		require.NotZero(t, p.Verdict(true, p.Deadline()).Cause, "not yet")
		p.Observe(r)
	}
	require.Equal(t, Verdict{}, p.Verdict(true, began.Add(10*time.Second-1)))
	require.Equal(t, Verdict{}, p.Verdict(false, began.Add(10*time.Second)))
	require.Equal(t, Verdict{Decided: true}, p.Verdict(true, began.Add(10*time.Second)))
}

func TestWithoutPipelinesHealthIsAll(t *testing.T) {
	p := Begin(Expectation{}, Counts{}, 10*time.Second, began)
	require.Equal(t, began.Add(15*time.Second), p.Deadline())
	require.Equal(t, Verdict{}, p.Verdict(true, began))
	require.Equal(t, Verdict{Decided: true}, p.Verdict(true, began.Add(10*time.Second)))
	require.Equal(t, remoteconfig.Unhealthy, p.Verdict(false, p.Deadline()).Cause.Code)
}

// A live change leaves the service as it is, which goes on counting; a reload
// makes another one, whose first report is growth.
func TestOnlyWhatGrewSinceTheBeginningCounts(t *testing.T) {
	sent := Exporter{Sent: 100}
	base := counts(7, "old", Receiver{Accepted: 100}, sent, sent)
	for name, c := range map[string]struct {
		service string
		want    bool
	}{"the same service": {"old", false}, "another service": {"new", true}} {
		t.Run(name, func(t *testing.T) {
			p := Begin(trial(t), base, 0, began)
			p.Observe(counts(8, c.service, Receiver{Accepted: 100}, sent, sent))
			p.Observe(counts(9, c.service, Receiver{Accepted: 200}, sent, sent))
			require.Equal(t, c.want, p.Verdict(true, began).Decided)
		})
	}
}

// Whoever has set the id of all services to the same text has counts that fall.
func TestCountsThatFallHaveBegunAnew(t *testing.T) {
	p := Begin(trial(t), counts(1, "", Receiver{Accepted: 900}, Exporter{Sent: 900}, Exporter{Sent: 900}), 0, began)
	p.Observe(counts(2, "", Receiver{Accepted: 100}, Exporter{Sent: 100}, Exporter{Sent: 100}))
	p.Observe(counts(3, "", Receiver{Accepted: 200}, Exporter{Sent: 100}, Exporter{Sent: 100}))
	require.True(t, p.Verdict(true, began).Decided)
}
