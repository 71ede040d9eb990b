package metrics

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
)

// Series returns the labels of the series that a selector picks between two
// times. Its errors are those of [Store.Query].
func (s *Store) Series(ctx context.Context, selector string, from, to time.Time) ([]model.LabelSet, error) {
	if err := checkQuery(selector); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.set.QueryTimeout)
	defer cancel()
	found, _, _, err := s.api.Series(ctx, []string{selector}, from, to)
	if err != nil {
		return nil, s.queryError(err)
	}
	return found, nil
}
