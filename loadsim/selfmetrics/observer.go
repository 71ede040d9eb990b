package selfmetrics

import "github.com/phoenix-platform/phoenix/loadsim"

// Born is in the next Progress.
func (p *Publisher) Born(loadsim.Life) {}

// Exited is in the next Progress.
func (p *Publisher) Exited(loadsim.Life) {}

// Failed is in the next Progress.
func (p *Publisher) Failed(loadsim.Life, error) {}

// Progress is what is published from now on.
func (p *Publisher) Progress(state loadsim.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
}

func (p *Publisher) latest() loadsim.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}
