package sqlstore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/storetest"
)

// at makes a database file of an older schema and runs statements in it.
func at(t *testing.T, version int64, statements ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "phoenix.db")
	require.NoError(t, makeFile(path))
	db, err := connect(path, 1, "_txlock=immediate")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	p, err := provider(db)
	require.NoError(t, err)
	_, err = p.UpTo(t.Context(), version)
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	return path
}

func TestEveryOlderSchemaIsBroughtUp(t *testing.T) {
	p, err := provider(open(t, filepath.Join(t.TempDir(), "phoenix.db")).write)
	require.NoError(t, err)
	sources := p.ListSources()
	require.Greater(t, len(sources), 1)
	for _, source := range sources[:len(sources)-1] {
		t.Run(filepath.Base(source.Path), func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) controlplane.Store { return open(t, at(t, source.Version)) })
		})
	}
}

func TestWhatWasInAnOlderDatabaseStays(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join("testdata", "schema-1.sql"))
	require.NoError(t, err)
	s := open(t, at(t, 1, string(rows)))
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, s.View(t.Context(), func(r controlplane.Reader) error {
		d, err := r.Deployment(t.Context(), "web-topk")
		require.NoError(t, err)
		require.Equal(t, "process-topk-v1", d.Spec.Pipeline.Template)
		records, err := r.Audit(t.Context(), controlplane.AuditFilter{Object: "deployment/web-topk"}, controlplane.Span[int64]{Limit: 10})
		require.NoError(t, err)
		require.Len(t, records, 2)
		wanted, err := r.DesiredOnHost(t.Context(), "web-1", d.Metadata.UpdatedAt)
		require.NoError(t, err)
		require.Len(t, wanted, 1)
		require.Equal(t, d.Status.ConfigHash, wanted[0].ConfigHash)
		return nil
	}))
}

func TestANewerDatabaseIsRefusedAsItIs(t *testing.T) {
	path := at(t, 3, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4, 1)")
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = Open(t.Context(), path)
	require.EqualError(t, err, "open database "+path+": its schema is version 4 and this program knows up to 3: start the newer program that wrote it, or restore a backup from before")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestWhatIsNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phoenix.db")
	require.NoError(t, os.WriteFile(path, []byte("this is a text and has never been a database of anything at all\n"), 0o600))
	_, err := Open(t.Context(), path)
	require.ErrorContains(t, err, "file is not a database")
}

func TestADirectoryThatCannotBeMadeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(t.Context(), filepath.Join(file, "phoenix.db"))
	require.ErrorContains(t, err, "check --data-dir")
}

func TestHistoryIsWrittenOnce(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join("testdata", "schema-1.sql"))
	require.NoError(t, err)
	s := open(t, at(t, 1, string(rows)))
	for _, statement := range []string{
		"UPDATE audit SET subject = 'somebody else'", "DELETE FROM audit",
		"UPDATE version SET body = '{}'", "DELETE FROM version",
		"UPDATE agent_desired SET at = 0", "DELETE FROM agent_desired",
	} {
		_, err := s.write.ExecContext(t.Context(), statement)
		require.ErrorContains(t, err, "never", statement)
	}
}
