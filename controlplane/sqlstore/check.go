package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

// Check reads the whole file and reports all that is wrong with it: its pages
// and indexes, rows that refer to none, and configurations that are not what
// their hash says. The audit has a check of its own.
func (s *Store) Check(ctx context.Context) error {
	checks := []func(context.Context, *sql.Tx) error{checkPages, checkReferences, checkConfigurations}
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("check %s: %w", s.path, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	var errs []error
	for _, check := range checks {
		if err := check(ctx, tx); err != nil {
			errs = append(errs, fmt.Errorf("check %s: %w", s.path, err))
		}
	}
	if len(errs) > 0 {
		errs = append(errs, errors.New("restore a backup"))
	}
	return errors.Join(errs...)
}

func checkPages(ctx context.Context, tx *sql.Tx) error {
	return eachRow(ctx, tx, "PRAGMA integrity_check(20)", func(r *sql.Rows) error {
		var text string
		if err := r.Scan(&text); err != nil || text == "ok" {
			return err
		}
		return errors.New(text)
	})
}

func checkReferences(ctx context.Context, tx *sql.Tx) error {
	return eachRow(ctx, tx, "PRAGMA foreign_key_check", func(r *sql.Rows) error {
		var table, parent string
		var row, key sql.NullInt64
		if err := r.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		return fmt.Errorf("row %d of %s refers to a row of %s that is not there", row.Int64, table, parent)
	})
}

func checkConfigurations(ctx context.Context, tx *sql.Tx) error {
	q := rows.New(tx)
	hashes, err := q.ConfigurationHashes(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, hash := range hashes {
		c, err := q.Configuration(ctx, hash)
		if err == nil && controlplane.HashConfiguration(c.Text) != hash {
			err = errors.New("its text has another hash")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("configuration %s: %w", hash, err))
		}
	}
	return errors.Join(errs...)
}

// eachRow joins what is wrong with the rows of a query.
func eachRow(ctx context.Context, tx *sql.Tx, query string, check func(*sql.Rows) error) error {
	found, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer found.Close()
	var errs []error
	for found.Next() {
		errs = append(errs, check(found))
	}
	return errors.Join(append(errs, found.Err())...)
}
