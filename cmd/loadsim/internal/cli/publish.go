package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/selfmetrics"
)

// lastSend is how long the last metrics may take.
const lastSend = 5 * time.Second

// published is where a run's metrics go, if anywhere.
type published struct{ to *selfmetrics.Publisher }

// publish begins to publish, and says where.
func (o runOptions) publish(ctx context.Context, w io.Writer) (published, error) {
	if o.listen == "" && o.otlp == "" {
		return published{}, nil
	}
	p, err := selfmetrics.Start(ctx, selfmetrics.Settings{Listen: o.listen, OTLP: o.otlp})
	if err != nil {
		return published{}, err
	}
	if url := p.URL(); url != "" {
		fmt.Fprintln(w, "metrics at", url)
	}
	return published{p}, nil
}

func (p published) observers() []loadsim.Observer {
	if p.to == nil {
		return nil
	}
	return []loadsim.Observer{p.to}
}

func (p published) stop() error {
	if p.to == nil {
		return nil
	}
	// The run's own context has ended when it was interrupted.
	ctx, cancel := context.WithTimeout(context.Background(), lastSend)
	defer cancel()
	return p.to.Stop(ctx)
}
