package thinning

import (
	"time"

	"github.com/phoenix-platform/phoenix/internal/handover"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// state is what outlives a reload of the configuration.
type state struct {
	mode     Mode
	raw      bool      // batches are written as they came
	released time.Time // when its processor was shut down
	reader   *processbatch.Reader
	writer   *processbatch.Writer
	hosts    map[*processbatch.Host]*Host
	past     map[string]process.History // by name: of hosts whose accounts began anew
}

// states hands the state of a processor over to the one that a reload makes in
// its place. A processor's id names its component too.
var states = handover.NewRegistry[state]()

// claim takes the state of the processor before, as far as it can be gone on
// with. The error says that another pipeline has a processor with this id.
func (p *Processor) claim() error {
	former, ok, err := states.Claim(p.id)
	switch {
	case err != nil:
		return err
	case !ok:
		p.begin()
	case !p.adopt(former):
		p.begin()
		p.writer.Inherit(former.writer)
		p.past = former.histories(func(*processbatch.Host) bool { return false })
	}
	return nil
}

// begin starts with nothing.
func (p *Processor) begin() {
	reader := processbatch.NewReader(p.readerSettings())
	p.state = state{
		mode: p.settings.Mode, raw: p.settings.Mode == Observe, reader: reader, hosts: map[*processbatch.Host]*Host{},
		writer: processbatch.NewWriter(reader, p.writerSettings()),
	}
}

// adopt goes on with the state of the processor before; false if it cannot. A
// reload to observe is back to batches as they come, after which nothing that
// was given to _other_ is still its.
func (p *Processor) adopt(former state) bool {
	s := p.settings
	if former.mode != s.Mode && s.Mode == Observe {
		return false
	}
	if former.reader.Tracked() > s.StateLimit || !former.writer.Configure(p.writerSettings()) {
		return false
	}
	p.state = former
	p.turn(s.Mode)
	p.configure()
	p.reader.Resume(time.Since(former.released))
	p.past = p.histories(p.reader.Knows)
	return true
}

// histories collects those of the hosts that are not known any more, and of
// those that were not met again yet.
func (s *state) histories(known func(*processbatch.Host) bool) map[string]process.History {
	past := map[string]process.History{}
	for in, h := range s.hosts {
		if !known(in) {
			past[in.Name] = h.history
		}
	}
	for name, history := range s.past {
		if _, newer := past[name]; !newer && len(past) < processbatch.MaxHosts {
			past[name] = history
		}
	}
	return past
}
