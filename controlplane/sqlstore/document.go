package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// encode writes what a row keeps of a noun.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write a %T: %w", v, err)
	}
	return string(text), nil
}

// one reads the row of a query that has one.
func one[T any](body string, err error) (v T, _ error) {
	if err != nil {
		return v, told(err)
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return v, fmt.Errorf("read a %T: %w", v, err)
	}
	return v, nil
}

// many reads the rows of a query.
func many[T any](bodies []string, err error) ([]T, error) {
	if err != nil {
		return nil, told(err)
	}
	items := make([]T, len(bodies))
	for i, body := range bodies {
		if items[i], err = one[T](body, nil); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// query is one that lists rows after a key.
type query[K any] func(ctx context.Context, after K, most int64) ([]string, error)

// list asks the query of the span's direction.
func list[T, K any](ctx context.Context, s controlplane.Span[K], up, down query[K]) ([]T, error) {
	if s.Descending {
		up = down
	}
	return many[T](up(ctx, s.After, int64(s.Limit)))
}

// of makes a query of one that asks for the rows of an owner.
func of[K any](owner string, q func(context.Context, string, K, int64) ([]string, error)) query[K] {
	return func(ctx context.Context, after K, most int64) ([]string, error) { return q(ctx, owner, after, most) }
}

// reference is a column that refers to a row, or to none.
func reference(key string) *string {
	if key == "" {
		return nil
	}
	return &key
}
