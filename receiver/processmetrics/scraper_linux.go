package processmetrics

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/scraper"

	"github.com/phoenix-platform/phoenix/internal/procread"
)

// processScraper turns what a procread.Reader reads into metrics.
type processScraper struct {
	set      receiver.Settings
	root     string
	settings procread.Settings
	write    *writer
	report   *report
	reader   *procread.Reader // between Start and Shutdown
}

func newScraper(set receiver.Settings, cfg *Config) (scraper.Metrics, error) {
	s, err := newProcessScraper(set, cfg)
	if err != nil {
		return nil, err
	}
	return scraper.NewMetrics(s.scrape, scraper.WithStart(s.start), scraper.WithShutdown(s.shutdown))
}

func newProcessScraper(set receiver.Settings, cfg *Config) (*processScraper, error) {
	settings, err := cfg.settings()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", set.ID, err)
	}
	r, err := newReport(set, cfg)
	if err != nil {
		return nil, fmt.Errorf("%s: create its own metrics: %w", set.ID, err)
	}
	return &processScraper{set: set, root: cfg.RootPath, settings: settings, write: newWriter(set, cfg), report: r}, nil
}

func (s *processScraper) start(context.Context, component.Host) (err error) {
	root := s.root
	if root == "" {
		root = "/"
	}
	if s.reader, err = procread.Open(root, s.settings); err != nil {
		return fmt.Errorf("%s: %w; set root_path to the directory that the host's proc is in", s.set.ID, err)
	}
	return nil
}

func (s *processScraper) shutdown(context.Context) error {
	if s.reader == nil {
		return nil
	}
	err := s.reader.Close()
	s.reader = nil
	return err
}

func (s *processScraper) scrape(ctx context.Context) (pmetric.Metrics, error) {
	tally, err := s.reader.Scrape(func(p *procread.Process) { s.write.process(p, s.reader.Host()) })
	md := s.write.take()
	s.report.scraped(ctx, tally, s.reader.Tracked())
	return md, err
}
