package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

// readers is how many transactions read at the same time.
const readers = 8

// Store is a [controlplane.Store] in a file. It is safe for concurrent use.
type Store struct {
	path string
	// write has one connection, so that writers wait for each other here and
	// not for the file's lock.
	write *sql.DB
	read  *sql.DB
}

var _ controlplane.Store = (*Store)(nil)

// Open opens the database file, or makes it for this user alone, and brings it
// to the schema of this program. Close it when nobody uses it any more.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("make database %s: %w; check --data-dir", path, err)
	}
	s := &Store{path: path}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.write, err = connect(s.path, 1, "_txlock=immediate"); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return told(err)
	}
	s.read, err = connect(s.path, readers, "_pragma=query_only(1)")
	return err
}

// Close ends both pools. A transaction that runs ends first.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// makeFile makes an empty file that only this user reads: tokens are hashed in
// it, but configurations are not.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), flush(filepath.Dir(path)))
}

// pragmas are those of every connection. With synchronous FULL a commit is on
// the disk before it is acknowledged.
const pragmas = "&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=journal_size_limit(67108864)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)"

func connect(path string, connections int, options string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: absolute, RawQuery: options + pragmas}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// View runs f on a snapshot.
func (s *Store) View(ctx context.Context, f func(controlplane.Reader) error) error {
	return transact(ctx, s.read, func(w writer) error { return f(w.reader) })
}

// Update runs f after the updates before it have ended.
func (s *Store) Update(ctx context.Context, f func(controlplane.Writer) error) error {
	return transact(ctx, s.write, func(w writer) error { return f(w) })
}

// transact runs f in a transaction, which ends with it, even by a panic.
func transact(ctx context.Context, db *sql.DB, f func(writer) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", told(err))
	}
	defer tx.Rollback() //nolint:errcheck // of no effect after a commit, and otherwise f's error is the one to tell
	if err := f(writer{reader{rows.New(tx)}}); err != nil {
		return told(err)
	}
	err = tx.Commit()
	if errors.Is(err, sql.ErrTxDone) { // the end of the context was faster
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("commit: %w", told(err))
	}
	return nil
}

// reader and writer are a transaction. A writer reads what it wrote.
type (
	reader struct{ q *rows.Queries }
	writer struct{ reader }
)
