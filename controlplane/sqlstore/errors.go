package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// told gives the errors that callers know their names, and keeps the rest.
func told(err error) error {
	var e *sqlite.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return controlplane.ErrNotFound
	case errors.As(err, &e) && full(e.Code()) && !errors.Is(err, controlplane.ErrStorageFull):
		return fmt.Errorf("%w: %w", controlplane.ErrStorageFull, err)
	}
	return err
}

// full says whether a result code means that there is no room: in the database,
// or for the index of the write-ahead log that a first reader makes.
func full(code int) bool {
	return code&0xff == sqlite3.SQLITE_FULL || code == sqlite3.SQLITE_IOERR_SHMSIZE
}
