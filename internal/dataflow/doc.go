// Package dataflow says whether data flows through the pipelines of a remote
// configuration. That all its components are well does not say so: a wrong
// endpoint, a wrong token or a filter that drops everything leave them well.
//
// The collector counts what its receivers accept and its exporters send, and a
// reader of these counts sends them to a [Meter] of the same process:
//
//	meter, err := dataflow.Listen()
//	// meter.Reader() goes into service::telemetry::metrics::readers
//	proof := dataflow.Begin(dataflow.Expect(config, before), meter.Counts(), minHealthy, time.Now())
//	for range meter.Changed() {
//		proof.Observe(meter.Counts())
//		if v := proof.Verdict(healthy, time.Now()); v.Decided {
//			return v.Cause // zero: confirmed
//		}
//	}
//
// A trial is over at [Proof.Deadline] at the latest, when no report may have
// come: ask for a verdict then, too.
//
// Judging is pure: [Proof] reads no clock and no network.
package dataflow
