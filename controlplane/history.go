package controlplane

import (
	"context"
	"fmt"
)

// Versions lists the versions of a deployment, by number.
func (s *Service) Versions(ctx context.Context, by Caller, name string, page Page) (List[Version], error) {
	if err := s.Allow(ctx, by, Read, deploymentObject(name)); err != nil {
		return List[Version]{}, err
	}
	span, err := page.numbers()
	if err != nil {
		return List[Version]{}, err
	}
	return view(ctx, s, func(r Reader) (List[Version], error) {
		d, err := lookup(r.Deployment(ctx, name))("deployment", name, seeDeployments)
		if err != nil {
			return List[Version]{}, err
		}
		versions, err := r.Versions(ctx, d.Metadata.UID, span)
		return paged(versions, page.size(), func(v Version) string { return fmt.Sprint(v.Number) }), err
	})
}

// Version returns a version of a deployment with its configuration; 0: the
// newest.
func (s *Service) Version(ctx context.Context, by Caller, name string, number int) (Version, Configuration, error) {
	if err := s.Allow(ctx, by, Read, deploymentObject(name)); err != nil {
		return Version{}, Configuration{}, err
	}
	type both struct {
		Version
		Configuration
	}
	found, err := view(ctx, s, func(r Reader) (b both, err error) {
		b.Version, b.Configuration, err = versionOf(ctx, r, name, number)
		return b, err
	})
	return found.Version, found.Configuration, err
}

func versionOf(ctx context.Context, r Reader, name string, number int) (v Version, c Configuration, err error) {
	d, err := lookup(r.Deployment(ctx, name))("deployment", name, seeDeployments)
	if err != nil {
		return v, c, err
	}
	if number == 0 {
		number = d.Status.Version
	}
	hint := fmt.Sprintf("it has versions 1 to %d", d.Status.Version)
	v, err = lookup(r.Version(ctx, d.Metadata.UID, number))("version of "+name, fmt.Sprint(number), hint)
	if err != nil {
		return v, c, err
	}
	c, err = r.Configuration(ctx, v.ConfigHash)
	if err != nil {
		return v, c, fmt.Errorf("configuration of version %d of %s: %w", number, name, err)
	}
	return v, c, nil
}

// DiffVersions says what changed between two versions of a deployment; 0 is the
// newest. From is 0 as well: the one before.
func (s *Service) DiffVersions(ctx context.Context, by Caller, name string, from, to int) (Diff, error) {
	if err := s.Allow(ctx, by, Read, deploymentObject(name)); err != nil {
		return Diff{}, err
	}
	return view(ctx, s, func(r Reader) (Diff, error) {
		after, text, err := versionOf(ctx, r, name, to)
		if err != nil {
			return Diff{}, err
		}
		if from == 0 {
			from = after.Number - 1
		}
		if from == 0 { // before the first version there is nothing
			return diff(Version{}, after, nil, text.Text)
		}
		before, old, err := versionOf(ctx, r, name, from)
		if err != nil {
			return Diff{}, err
		}
		return diff(before, after, old.Text, text.Text)
	})
}

// Configuration returns a text by its hash.
func (s *Service) Configuration(ctx context.Context, by Caller, hash string) (Configuration, error) {
	if err := s.Allow(ctx, by, Read, "configuration/"+hash); err != nil {
		return Configuration{}, err
	}
	return view(ctx, s, func(r Reader) (Configuration, error) {
		return lookup(r.Configuration(ctx, hash))("configuration", hash, "a deployment's versions have the hashes")
	})
}
