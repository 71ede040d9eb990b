package processmetrics

import (
	"context"
	"errors"
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
	scratch  *scratch   // nil if every process is written
	selected *selection // likewise
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
	s := &processScraper{set: set, root: cfg.RootPath, settings: settings, write: newWriter(set, cfg), report: r}
	if s.selected, err = cfg.newSelection(set); err != nil {
		return nil, fmt.Errorf("%s: %w", set.ID, err)
	}
	if s.selected != nil {
		s.scratch = newScratch(s.write)
	}
	return s, nil
}

func (s *processScraper) start(ctx context.Context, host component.Host) (err error) {
	if s.selected != nil {
		if err := s.selected.start(ctx, host); err != nil {
			return fmt.Errorf("%s: %w", s.set.ID, err)
		}
	}
	root := s.root
	if root == "" {
		root = "/"
	}
	if s.reader, err = procread.Open(root, s.settings); err != nil {
		return fmt.Errorf("%s: %w; set root_path to the directory that the host's proc is in", s.set.ID, err)
	}
	return nil
}

func (s *processScraper) shutdown(ctx context.Context) (err error) {
	if s.selected != nil {
		err = s.selected.shutdown(ctx)
	}
	if s.reader != nil {
		err = errors.Join(s.reader.Close(), err)
		s.reader = nil
	}
	return err
}

func (s *processScraper) scrape(ctx context.Context) (pmetric.Metrics, error) {
	if s.selected != nil {
		return s.selection(ctx)
	}
	tally, err := s.reader.Scrape(func(p *procread.Process) { s.write.process(p, s.reader.Host()) })
	s.report.scraped(ctx, tally, s.reader.Tracked())
	if err != nil {
		return pmetric.NewMetrics(), err
	}
	s.write.unattributed(s.reader.Unattributed())
	return s.write.take(), nil
}

// selection returns what is kept of a scrape.
func (s *processScraper) selection(ctx context.Context) (pmetric.Metrics, error) {
	s.scratch.begin()
	tally, err := s.reader.Scrape(func(p *procread.Process) { s.scratch.process(p, s.reader.Host()) })
	s.report.scraped(ctx, tally, s.reader.Tracked())
	if err != nil {
		return pmetric.NewMetrics(), err
	}
	s.scratch.unattributed(s.reader.Unattributed())
	return s.selected.of(ctx, s.scratch.end())
}
