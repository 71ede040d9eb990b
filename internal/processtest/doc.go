// Package processtest is for the tests of processors of process metrics. It
// simulates hosts, tells stories scrape by scrape, and keeps the books a second
// time.
//
// A story is told with [At], one scrape of one host, and what is left of it is
// read with [Kept], [Rest] and [Ended]. A [Simulation] draws scrapes of hosts on
// which anything happens; the [Truth] is what their processes used, and a
// [Backend] or a [Converter] counts what came out of the processor:
//
//	md := simulation.Scrape(t, processtest.Faults{})
//	truth.Take(md)
//	backend.Take(processtest.Push(t, p, sink, md))
//	require.Empty(t, backend.Differs(truth))
//	simulation.Step(t)
//
// A [Hostile] input is none that a scraper would write.
package processtest
