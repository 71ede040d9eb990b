// Package process keeps account of the processes of one host from scrape to
// scrape: who they are, by how much their counters grew, and which part of
// that growth is shown under a process's own name and which part belongs to
// the rest, the process called _other_.
//
// It knows nothing of pipelines or of their data: the caller names a process
// by its [ID], numbers its series in a [Set] and hands over plain values.
//
//	l := process.NewLedger(set, limits)
//	l.Begin()                             // one scrape of one host
//	p, _ := l.See(process.Sight{…})       // every process of the scrape
//	l.AddInt(p, slot, value)              // every point of that process
//	l.Keep(p, labels)                     // after selection, for the kept:
//	l.Emit(p, slot, timestamp)            //   the value to write for each counter
//	l.Release(p)                          // and for every other one
//	l.Finish()                            // totals of the rest are ready
//	l.Other(slot)
//
// The rest may be divided: a process that was assigned to a [Part] after See
// gives to that part instead, which is a rest of its own.
//
// The promise, checked after every scrape: for every series the sum of what
// the kept processes were shown to use, what the rest in all its parts was
// given, and what waits one scrape for its first sample is the sum of the
// deltas that came in.
// Integers are exact, doubles are summed with compensation.
package process
