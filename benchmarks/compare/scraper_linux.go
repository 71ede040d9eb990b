package main

import (
	"context"
	"fmt"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/phoenix-platform/phoenix/receiver/processmetrics"
)

// scraper is a receiver that scrapes when it is told to: its consumer lets it
// wait until the next scrape is asked for.
type scraper struct {
	title    string
	receiver receiver.Metrics
	batches  chan pmetric.Metrics
	proceed  chan struct{}
	ended    chan struct{}
	waits    bool // for proceed
}

// newHostmetrics returns hostmetrics with nothing but its process scraper, of
// the configuration that is given.
func newHostmetrics(root string, process map[string]any) (*scraper, error) {
	conf := map[string]any{"scrapers": map[string]any{"process": process}}
	return newScraper("hostmetrics", hostmetricsreceiver.NewFactory(), root, conf)
}

// newProcessmetrics returns our scraper with the same configuration.
func newProcessmetrics(root string, process map[string]any) (*scraper, error) {
	conf := map[string]any{}
	for key, value := range process {
		conf[key] = value
	}
	return newScraper("processmetrics", processmetrics.NewFactory(), root, conf)
}

func newScraper(name string, f receiver.Factory, root string, conf map[string]any) (*scraper, error) {
	conf["root_path"], conf["collection_interval"], conf["initial_delay"] = root, "1ms", "0s"
	cfg := f.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(conf).Unmarshal(cfg); err != nil {
		return nil, fmt.Errorf("configure %s: %w", name, err)
	}
	s := &scraper{title: name, batches: make(chan pmetric.Metrics), proceed: make(chan struct{}), ended: make(chan struct{})}
	next, err := consumer.NewMetrics(s.consume)
	if err != nil {
		return nil, fmt.Errorf("catch the output of %s: %w", name, err)
	}
	if s.receiver, err = f.CreateMetrics(context.Background(), receivertest.NewNopSettings(f.Type()), cfg, next); err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	return s, s.start()
}

func (s *scraper) start() error {
	if err := s.receiver.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return fmt.Errorf("start %s: %w", s.title, err)
	}
	return nil
}

func (s *scraper) consume(_ context.Context, md pmetric.Metrics) error {
	select {
	case s.batches <- md:
	case <-s.ended:
		return nil
	}
	select {
	case <-s.proceed:
	case <-s.ended:
	}
	return nil
}

// longest is for how long one scrape may take.
const longest = time.Minute

// next returns what the next scrape saw. The first one has begun already.
func (s *scraper) next() (pmetric.Metrics, error) {
	if s.waits {
		s.proceed <- struct{}{}
	}
	s.waits = true
	select {
	case md := <-s.batches:
		return md, nil
	case <-time.After(longest):
		return pmetric.Metrics{}, fmt.Errorf("%s: a scrape took more than %s", s.title, longest)
	}
}

func (s *scraper) close() error {
	close(s.ended)
	return s.receiver.Shutdown(context.Background())
}
