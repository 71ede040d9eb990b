package thinning

import (
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// To observe is to write every process, and there are two ways to. Who has
// written nothing else yet writes the batches as they came. Who has enforced
// before goes on with the account, as if everybody were critical: raw values
// would count again what _other_ was given of a process that was kept earlier.
// _other_ then shows what processes used before their first samples, and stands
// for nobody.

// turn goes on in a mode, between two scrapes.
func (p *Processor) turn(mode Mode) {
	p.mode = mode
	if mode == Observe {
		return
	}
	p.raw = false
	for in := range p.hosts {
		in.Ledger.WriteRaw(false)
	}
}

// write writes a batch in which it is decided who is kept.
func (p *Processor) write(batch *processbatch.Batch, r *report) (out pmetric.Metrics) {
	switch {
	case p.raw || (r.hosts == 0 && r.late == 0):
		return p.pass(batch, r)
	case p.mode == Observe:
		return p.reveal(batch, r)
	}
	var result processbatch.Result
	out, result = p.writer.Write(batch)
	r.wrote(result)
	r.waiting = p.writer.Waiting(batch)
	return out
}

// pass writes a batch as it came.
func (p *Processor) pass(batch *processbatch.Batch, r *report) (out pmetric.Metrics) {
	for _, in := range batch.Hosts() {
		in.Ledger.WriteRaw(p.raw)
	}
	out, ended := p.writer.Pass(batch)
	r.written = r.received + r.late + ended
	return out
}

// reveal writes every process that is remembered, with the values that it has
// in the account.
func (p *Processor) reveal(batch *processbatch.Batch, r *report) (out pmetric.Metrics) {
	for _, in := range batch.Hosts() {
		in.WithholdOther = false
		for i := range in.Entries {
			in.Entries[i].Keep = in.Entries[i].Points > 0
		}
	}
	out, result := p.writer.Write(batch)
	r.written = result.KeptPoints + result.PartPoints + result.OtherPoints + result.Ended
	r.waiting = p.writer.Waiting(batch)
	return out
}
