package metrics

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

// checkTime is how long blocks are read through before the store opens; those
// that are left are read while it works.
const checkTime = 5 * time.Second

// setAsideBlocks moves blocks aside that cannot be read to the end, the newest
// looked at first. The database would not open, or a query fail over them.
func (s *Store) setAsideBlocks(ctx context.Context, dir string) {
	blocks := blocksIn(dir)
	slices.Reverse(blocks)
	until := time.Now().Add(checkTime)
	for i, block := range blocks {
		if time.Now().After(until) {
			s.setAsideUnopened(blocks[i:])
			s.running.Go(func() { s.checkLater(ctx, blocks[i:]) })
			return
		}
		s.checkBlock(ctx, block)
	}
}

func (s *Store) checkLater(ctx context.Context, blocks []string) {
	for _, b := range blocks {
		if ctx.Err() != nil {
			return
		}
		s.checkBlock(ctx, b)
	}
}

// setAsideUnopened looks at no more than whether the blocks open.
func (s *Store) setAsideUnopened(blocks []string) {
	for _, path := range blocks {
		b, err := tsdb.OpenBlock(s.log, path, nil, nil)
		if err == nil {
			err = b.Close()
		}
		s.judge(path, err)
	}
}

func (s *Store) checkBlock(ctx context.Context, path string) {
	err := readBlock(ctx, path)
	if ctx.Err() != nil {
		return
	}
	s.judge(path, err)
}

// judge moves a block aside if err is damage of it.
func (s *Store) judge(path string, err error) {
	if err == nil || !isDamage(err) {
		return
	}
	if _, gone := os.Stat(path); gone != nil { // it was compacted or became too old
		return
	}
	if err := s.setAside(path, fmt.Sprintf("a block of metrics is damaged: %v", err)); err != nil {
		s.log.Error("a damaged block of metrics stays where it is", "path", path, "error", err)
	}
}

// blocksIn returns the blocks' folders, oldest first.
func blocksIn(dir string) (blocks []string) {
	entries, _ := os.ReadDir(dir) // without a folder there are none
	for _, e := range entries {
		if _, err := ulid.ParseStrict(e.Name()); err == nil && e.IsDir() {
			blocks = append(blocks, filepath.Join(dir, e.Name()))
		}
	}
	return blocks
}

// readBlock reads a whole block, so that every checksum is looked at.
func readBlock(ctx context.Context, path string) (err error) {
	defer func() {
		if r := recover(); r != nil { // decoding what is damaged can go astray
			err = errors.Join(err, fmt.Errorf("read %s: %v", filepath.Base(path), r))
		}
	}()
	b, err := tsdb.OpenBlock(nil, path, nil, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	ir, err := b.Index()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ir.Close()) }()
	cr, err := b.Chunks()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cr.Close()) }()
	if err := readPostings(ctx, ir); err != nil {
		return err
	}
	return readSeries(ctx, ir, cr)
}

func readPostings(ctx context.Context, ir tsdb.IndexReader) error {
	names, err := ir.LabelNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		values, err := ir.LabelValues(ctx, name, nil)
		if err != nil {
			return err
		}
		if _, err := ir.Postings(ctx, name, values...); err != nil {
			return err
		}
	}
	return nil
}

func readSeries(ctx context.Context, ir tsdb.IndexReader, cr tsdb.ChunkReader) error {
	name, v := index.AllPostingsKey()
	all, err := ir.Postings(ctx, name, v)
	if err != nil {
		return err
	}
	var b labels.ScratchBuilder
	var metas []chunks.Meta
	for all.Next() && ctx.Err() == nil {
		if err := ir.Series(all.At(), &b, &metas); err != nil {
			return err
		}
		for _, m := range metas {
			if _, _, err := cr.ChunkOrIterable(m); err != nil {
				return err
			}
		}
	}
	return all.Err()
}
