package metrics

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// sendBytes is how large a write request becomes before it is sent.
	sendBytes = 1 << 20
	// sendEvery is how long samples are collected for one.
	sendEvery = 500 * time.Millisecond
	// maxSegments is how much waits while the Prometheus is away: 1 GiB.
	maxSegments = 1 << 30 / segmentSize
)

// awake lets the sender look for new records.
func (f *forward) awake() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run sends what is in the spool, from where the last process stopped.
func (f *forward) run(ctx context.Context) {
	defer close(f.done)
	for {
		f.sendAll(ctx)
		if ctx.Err() != nil || f.stopped() {
			return
		}
		select {
		case <-f.stop: // once more, for what came meanwhile
		case <-f.wake:
			f.pause(sendEvery)
		}
	}
}

func (f *forward) stopped() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}

func (f *forward) pause(d time.Duration) {
	select {
	case <-f.stop:
	case <-time.After(d):
	}
}

// sendAll sends until nothing is left.
func (f *forward) sendAll(ctx context.Context) {
	for ctx.Err() == nil {
		batch, err := f.batch()
		if err != nil {
			f.log.Error("what waits for the Prometheus cannot be read", "error", err)
			f.pause(retryOpen)
			continue
		}
		if len(batch) == 0 || !f.deliver(ctx, batch) {
			return
		}
		if err := f.spool.done(f.at); err != nil {
			f.log.Warn("what was forwarded will be sent again after a restart", "error", err)
		}
	}
}

// batch takes the next records, up to sendBytes.
func (f *forward) batch() (batch [][]byte, err error) {
	for size := 0; size < sendBytes; {
		record, err := f.next()
		if err != nil || record == nil {
			return batch, err
		}
		batch = append(batch, append([]byte(nil), record...))
		size += len(record)
	}
	return batch, nil
}

// deliver sends records until they are taken or refused; false if it was
// stopped before.
func (f *forward) deliver(ctx context.Context, batch [][]byte) bool {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 500*time.Millisecond, 15*time.Second
	for {
		err := f.send(ctx, batch)
		if err == nil {
			return true
		}
		if ctx.Err() != nil || f.stopped() {
			return false
		}
		f.log.Warn("metrics wait for the Prometheus", "error", err)
		if err := f.makeRoom(maxSegments); err != nil {
			f.log.Error("old metrics that wait for the Prometheus cannot be given up", "error", err)
		}
		f.pause(wait.NextBackOff())
	}
}

// send sends records in one request, and one by one if it is refused: what is
// wrong with one of them should not cost the others. It fails if the Prometheus is
// away.
func (f *forward) send(ctx context.Context, batch [][]byte) error {
	var all []byte
	for _, record := range batch {
		all = append(all, record...)
	}
	err := f.writer.write(ctx, all)
	if !errors.Is(err, errRefused) {
		f.count("taken", len(batch), err)
		return err
	}
	if len(batch) == 1 {
		f.loss.Do(func() { f.log.Error("metrics of an agent are lost", "error", err) })
		f.count("refused", 1, nil)
		return nil
	}
	for _, record := range batch {
		if err := f.send(ctx, [][]byte{record}); err != nil {
			return err
		}
	}
	return nil
}

func (f *forward) count(outcome string, n int, err error) {
	if err == nil {
		f.sent.WithLabelValues(outcome).Add(float64(n))
	}
}
