package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

// Backup writes the state of one moment to a file that does not exist yet, while
// reading and writing go on. The file is whole or not there.
func (s *Store) Backup(ctx context.Context, to string) error {
	if err := absent(to); err != nil {
		return fmt.Errorf("back up to %s: %w; take another name", to, err)
	}
	if err := whole(to, func(partial string) error { return s.copyTo(ctx, partial) }); err != nil {
		return fmt.Errorf("back up %s to %s: %w", s.path, to, told(err))
	}
	return nil
}

func (s *Store) copyTo(ctx context.Context, partial string) error {
	if err := makeFile(partial); err != nil {
		return err
	}
	db, err := connect(s.path, 1, "")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", partial)
	return errors.Join(err, db.Close())
}

// Restore makes a database file of a backup, which stays as it is. The new file
// is checked and of this program's schema before it gets its name. There must be
// no database of that name: whoever wants it replaced moves it away first, with
// the program stopped.
func Restore(ctx context.Context, backup, path string) error {
	// A log that is left over would be played into the new file.
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err := absent(file); err != nil {
			return fmt.Errorf("restore to %s: %w; stop the control plane and move %s, %[1]s-wal and %[1]s-shm away first", path, err, filepath.Base(path))
		}
	}
	if err := whole(path, func(partial string) error { return rebuild(ctx, backup, partial) }); err != nil {
		return fmt.Errorf("restore %s to %s: %w", backup, path, told(err))
	}
	return nil
}

// skipped is how many revisions nobody gets after a restore: some were given
// after the backup, and who read one of these must not be taken for up to date.
const skipped = 1 << 32

func rebuild(ctx context.Context, backup, partial string) error {
	if err := copyFile(backup, partial); err != nil {
		return err
	}
	s, err := Open(ctx, partial)
	if err != nil {
		return err
	}
	err = s.Check(ctx)
	if err == nil {
		err = rows.New(s.write).SkipRevisions(ctx, skipped)
	}
	return errors.Join(err, s.Close())
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// whole makes a file under another name first, and then gives it its own. What
// a crash left of an earlier attempt is taken away.
func whole(file string, write func(partial string) error) error {
	partial := file + ".partial"
	if err := remove(partial); err != nil {
		return err
	}
	err := write(partial)
	if err == nil {
		err = flush(partial)
	}
	if err == nil {
		err = os.Rename(partial, file)
	}
	if err != nil {
		return errors.Join(err, remove(partial))
	}
	return flush(filepath.Dir(file))
}

// remove takes a database away, with its log.
func remove(file string) error {
	for _, f := range []string{file, file + "-wal", file + "-shm"} {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// flush makes what was written to a file or a directory last.
func flush(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func absent(file string) error {
	_, err := os.Lstat(file)
	switch {
	case err == nil:
		return fmt.Errorf("%s exists", file)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}
