package phoenixopamp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// meterType is the type of the components that are changed last: an entry added
// to critical is not to be missed by a meter before its processor has heard of
// it.
const meterType = "seriesmeter"

// Change hands components their new configurations, all of them or none. The
// error names every component that refuses, and why.
func (e *Extension) Change(ctx context.Context, settings []ownership.Setting) error {
	var first, last []func()
	var errs []error
	for _, s := range settings {
		meter, commit, err := e.prepare(ctx, s)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", s.ID, err))
		case meter:
			last = append(last, commit)
		default:
			first = append(first, commit)
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	for _, commit := range slices.Concat(first, last) {
		commit()
	}
	return nil
}

func (e *Extension) prepare(ctx context.Context, s ownership.Setting) (meter bool, commit func(), err error) {
	var id component.ID
	if err := id.UnmarshalText([]byte(s.ID)); err != nil {
		return false, nil, err
	}
	target := e.targets.of(id)
	if target == nil {
		return false, nil, errors.New("does not run, or cannot change while it does; reload the configuration")
	}
	commit, err = target.Prepare(ctx, confmap.NewFromStringMap(s.Config))
	return id.Type().String() == meterType, commit, err
}
