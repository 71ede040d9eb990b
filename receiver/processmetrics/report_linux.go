package processmetrics

import (
	"context"

	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/procread"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
)

// report tells of scrapes: in the receiver's own metrics, and in its log once
// for each kind of file that cannot be read.
type report struct {
	log   *zap.Logger
	own   *metadata.TelemetryBuilder
	quiet procread.File // what was warned of, or is not to be
	files [procread.Files]metric.MeasurementOption
}

func newReport(set receiver.Settings, cfg *Config) (*report, error) {
	own, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	r := &report{log: set.Logger, own: own, quiet: cfg.muted()}
	for i := range r.files {
		r.files[i] = metric.WithAttributeSet(attribute.NewSet(attribute.String("file", procread.File(1<<i).String())))
	}
	return r, nil
}

// muted lists the files that no warning is wanted of.
func (c *Config) muted() (files procread.File) {
	for _, mute := range []struct {
		on    bool
		files procread.File
	}{
		{c.MuteProcessAllErrors, 1<<procread.Files - 1},
		{c.MuteProcessNameError, procread.StatFile | procread.CmdlineFile},
		{c.MuteProcessIOError, procread.IOFile},
		{c.MuteProcessCgroupError, procread.CgroupFile},
		{c.MuteProcessExeError, procread.ExeFile},
		{c.MuteProcessUserError, procread.OwnerName},
	} {
		if mute.on {
			files |= mute.files
		}
	}
	return files
}

func (r *report) scraped(ctx context.Context, t procread.Tally, tracked int) {
	r.own.ReceiverProcessmetricsProcesses.Record(ctx, int64(t.Visited))
	r.own.ReceiverProcessmetricsTracked.Record(ctx, int64(tracked))
	r.own.ReceiverProcessmetricsVanished.Add(ctx, int64(t.Vanished))
	r.own.ReceiverProcessmetricsAttributeReads.Add(ctx, int64(t.AttributeReads))
	for i, n := range t.Unreadable {
		if n > 0 {
			r.own.ReceiverProcessmetricsUnreadable.Add(ctx, int64(n), r.files[i])
			r.warn(procread.File(1<<i), n, t.First[i])
		}
	}
}

// warn logs the first time that a kind of file cannot be read.
func (r *report) warn(f procread.File, n int, first error) {
	if r.quiet.Has(f) {
		return
	}
	r.quiet |= f
	r.log.Warn("a file of processes cannot be read, what is in it is left out; this is said once, a metric counts all; let the collector run as root, or mute it",
		zap.Stringer("file", f), zap.Int("processes", n), zap.Error(first))
}
