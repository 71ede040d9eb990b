// Package processbatch reads the processes of a batch of metrics into ledgers
// of package process, and writes the kept ones and _other_ back.
//
// A [Reader] belongs to one component and is called by one goroutine at a
// time:
//
//	b := reader.Read(md)              // every process resource is accounted for
//	for _, h := range b.Hosts() {     // one scrape of one host each
//		for i := range h.Entries { h.Entries[i].Keep = … }
//	}
//	out := writer.Write(b)            // a batch of its own; md is not changed
//
// With [Settings.Divide] the rest of a host is divided into parts, which are
// written as _other_ is, each under the attributes that
// [WriterSettings.Describe] gives it.
//
// Read calls are the hot path: they visit every point of the input once and
// allocate nothing for a process and a series met before.
package processbatch
