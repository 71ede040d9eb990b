package metrics

import (
	"errors"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

const (
	// late is how old a sample may be: meters keep their records for ten
	// minutes, an agent can stand behind a gateway that keeps them longer.
	late = 30 * time.Minute
	// ahead is how far an agent's clock may be fast. Without this limit one
	// wrong clock would make the database refuse all other agents.
	ahead = 5 * time.Minute
)

// lostName is the label that goes if there is no room for another name.
const lostName = "process_executable_name"

// admission is an appender for one request that leaves out what it must not
// take, instead of refusing the whole of it.
type admission struct {
	storage.AppenderV2
	quota *quota
	now   time.Time
	tally
}

// tally is what became of the points of a request.
type tally struct {
	taken   int
	unkept  int // not on the allow-list
	crowded int // beyond the quota
	untimed int // too old, too far ahead, or another value for the same time
}

// refused is how many a sender should hear of. A record has more than is kept,
// which is no fault; but who sends nothing that is kept is at the wrong place.
func (t tally) refused() int {
	if n := t.crowded + t.untimed; n > 0 || t.taken > 0 {
		return n
	}
	return t.unkept
}

func (a *admission) Append(_ storage.SeriesRef, ls labels.Labels, _, t int64, v float64, _ *histogram.Histogram, _ *histogram.FloatHistogram, _ storage.AOptions) (storage.SeriesRef, error) {
	if at := time.UnixMilli(t); at.Before(a.now.Add(-late)) || at.After(a.now.Add(ahead)) {
		a.untimed++
		return 0, nil
	}
	ls, ok := a.room(ls)
	if !ok {
		a.crowded++
		return 0, nil
	}
	_, err := a.AppenderV2.Append(0, ls, 0, t, v, nil, nil, storage.AOptions{})
	switch {
	case err == nil:
		a.taken++
	case untimely(err):
		a.untimed++
	default:
		return 0, err
	}
	return 0, nil
}

// room returns the series to write to; false if there is no room for it.
func (a *admission) room(ls labels.Labels) (labels.Labels, bool) {
	if a.quota.admit(ls, a.now) {
		return ls, true
	}
	if !ls.Has(lostName) {
		return ls, false
	}
	ls = labels.NewBuilder(ls).Del(lostName).Labels()
	return ls, a.quota.admit(ls, a.now)
}

func untimely(err error) bool {
	return errors.Is(err, storage.ErrOutOfOrderSample) || errors.Is(err, storage.ErrOutOfBounds) ||
		errors.Is(err, storage.ErrTooOldSample) || errors.Is(err, storage.ErrDuplicateSampleForTimestamp)
}
