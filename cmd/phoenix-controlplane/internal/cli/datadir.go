package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

// check is [controlplane.Settings.Check].
type check = func(context.Context, controlplane.Pipeline, []byte) error

// dataDir is the folder that everything is kept in.
type dataDir string

func (d dataDir) database() string { return filepath.Join(string(d), "phoenix.db") }

// auditKey seals the audit. Who can write the database and has not this file
// cannot change the audit unseen.
func (d dataDir) auditKey() string   { return filepath.Join(string(d), "audit.key") }
func (d dataDir) firstToken() string { return filepath.Join(string(d), "admin-token") }
func (d dataDir) metrics() string    { return filepath.Join(string(d), "metrics") }
func (d dataDir) backups() string    { return filepath.Join(string(d), "backups") }
func (d dataDir) tls(file string) string {
	return filepath.Join(string(d), "tls", file)
}

// open opens the database and makes a service on it; the caller closes both by
// the returned store. The folder is made if need be. The service refuses what
// check does, and wakes outgoing; nil: it refuses nothing, and nobody is
// connected.
func (d dataDir) open(ctx context.Context, check check, outgoing controlplane.Outgoing) (*sqlstore.Store, *controlplane.Service, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the data folder: %w; check --data-dir", err)
	}
	_, err := os.Stat(d.database())
	isNew := errors.Is(err, fs.ErrNotExist)
	key, err := d.readKey(isNew)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlstore.Open(ctx, d.database())
	if err != nil {
		return nil, nil, err
	}
	service, err := controlplane.NewService(store, controlplane.Settings{AuditKey: key, Check: check, Outgoing: outgoing})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", d.auditKey(), err), store.Close())
	}
	return store, service, nil
}

// existing refuses a folder without a database, which open would make.
func (d dataDir) existing() error {
	if _, err := os.Stat(d.database()); err != nil {
		return fmt.Errorf("there is no database: %w; check --data-dir", err)
	}
	return nil
}

// readKey reads the key of the audit. It makes one only if there is no database
// yet: another key than before would make the whole audit look forged.
func (d dataDir) readKey(mayMake bool) ([]byte, error) {
	key, err := os.ReadFile(d.auditKey())
	switch {
	case err == nil:
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read the key of the audit: %w", err)
	case !mayMake:
		return nil, fmt.Errorf("the key of the audit is missing: %w; put it back from where it is kept beside the backups", err)
	}
	key = make([]byte, controlplane.AuditKeySize)
	rand.Read(key) // never fails: the program ends if the system has no randomness
	if err := renameio.WriteFile(d.auditKey(), key, 0o600); err != nil {
		return nil, fmt.Errorf("keep the key of the audit: %w; check --data-dir", err)
	}
	return key, nil
}

// keepFirstToken writes the administrator's token of the first start into a
// file that only this user reads, and returns it. Later starts write nothing.
func (d dataDir) keepFirstToken(ctx context.Context, service *controlplane.Service) (string, error) {
	token, err := service.FirstToken(ctx)
	if err != nil || token == "" {
		return "", err
	}
	if err := renameio.WriteFile(d.firstToken(), []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the first token: %w; make one with phoenix-controlplane token", err)
	}
	return token, nil
}
