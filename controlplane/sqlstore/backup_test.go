package sqlstore

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// agentNamed is the least that makes an agent.
func agentNamed(name string) controlplane.Agent {
	return controlplane.Agent{Metadata: controlplane.Metadata{Name: name}}
}

func putAgents(t *testing.T, s *Store, names ...string) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(w controlplane.Writer) error {
		for _, name := range names {
			if err := w.PutAgent(t.Context(), agentNamed(name)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func agentNames(t *testing.T, s *Store) (names []string) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(r controlplane.Reader) error {
		agents, err := r.Agents(t.Context(), controlplane.Span[string]{Limit: 1000})
		for _, a := range agents {
			names = append(names, a.Metadata.Name)
		}
		return err
	}))
	return names
}

func revision(t *testing.T, s *Store) (n int64) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(w controlplane.Writer) (err error) {
		n, err = w.NextRevision(t.Context())
		return err
	}))
	return n
}

func TestABackupIsTheStateOfItsMoment(t *testing.T) {
	dir := t.TempDir()
	s, backup := open(t, filepath.Join(dir, "phoenix.db")), filepath.Join(dir, "backup.db")
	putAgents(t, s, "a", "b")
	require.NoError(t, s.Backup(t.Context(), backup))
	putAgents(t, s, "c")
	after := revision(t, s)

	require.NoError(t, Restore(t.Context(), backup, filepath.Join(dir, "restored.db")))
	restored := open(t, filepath.Join(dir, "restored.db"))
	require.Equal(t, []string{"a", "b"}, agentNames(t, restored))
	require.NoError(t, restored.Check(t.Context()))
	require.Greater(t, revision(t, restored), after, "a revision that somebody read after the backup must not come again")
}

func TestOnlyItsUserReadsTheFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "phoenix.db"))
	require.NoError(t, s.Backup(t.Context(), filepath.Join(dir, "backup.db")))
	require.NoError(t, Restore(t.Context(), filepath.Join(dir, "backup.db"), filepath.Join(dir, "restored.db")))
	for _, file := range []string{"phoenix.db", "phoenix.db-wal", "backup.db", "restored.db"} {
		info, err := os.Stat(filepath.Join(dir, file))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "phoenix.db"), filepath.Join(dir, "backup.db")
	s := open(t, path)
	require.NoError(t, s.Backup(t.Context(), backup))
	require.ErrorContains(t, s.Backup(t.Context(), backup), backup+" exists; take another name")
	require.ErrorContains(t, Restore(t.Context(), backup, path), path+" exists; stop the control plane and move phoenix.db")

	leftOver := filepath.Join(dir, "moved.db")
	require.NoError(t, os.WriteFile(leftOver+"-wal", nil, 0o600))
	require.ErrorContains(t, Restore(t.Context(), backup, leftOver), leftOver+"-wal exists", "it would be played into the restored file")
}

func TestADamagedBackupIsNotRestored(t *testing.T) {
	dir := t.TempDir()
	backup, path := filepath.Join(dir, "backup.db"), filepath.Join(dir, "restored.db")
	s := open(t, filepath.Join(dir, "phoenix.db"))
	putAgents(t, s, "an agent of a name that is easy to find")
	require.NoError(t, s.Backup(t.Context(), backup))
	whole, err := os.ReadFile(backup)
	require.NoError(t, err)

	inIndex := bytes.LastIndex(whole, []byte("easy to find")) // the name is in the row and in an index
	for name, damaged := range map[string][]byte{
		"cut":            whole[:len(whole)/2],
		"not a database": []byte("receivers: {}\n"),
		"changed":        append(append(bytes.Clone(whole[:inIndex]), "lost for ever"[:12]...), whole[inIndex+12:]...),
	} {
		require.NoError(t, os.WriteFile(backup, damaged, 0o600))
		require.Error(t, Restore(t.Context(), backup, path), name)
		left, err := filepath.Glob(path + "*")
		require.NoError(t, err)
		require.Empty(t, left, name)
	}
}

func TestABackupThatIsEndedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "phoenix.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Backup(ctx, filepath.Join(dir, "backup.db")), context.Canceled)
	left, err := filepath.Glob(filepath.Join(dir, "backup.db*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCheckFindsWhatWasChangedByHand(t *testing.T) {
	for name, c := range map[string]struct{ statement, want string }{
		"configuration": {"UPDATE configuration SET text = CAST('b: 2' AS BLOB)", "its text has another hash"},
		"reference":     {"PRAGMA foreign_keys = OFF; DELETE FROM configuration", "of version refers to a row of configuration that is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "phoenix.db"))
			putVersion(t, s)
			require.NoError(t, s.Check(t.Context()))
			_, err := s.write.ExecContext(t.Context(), c.statement)
			require.NoError(t, err)
			require.ErrorContains(t, s.Check(t.Context()), c.want)
		})
	}
}

func putVersion(t *testing.T, s *Store) {
	t.Helper()
	text := []byte("a: 1")
	config := controlplane.Configuration{Hash: controlplane.HashConfiguration(text), Text: text}
	require.NoError(t, s.Update(t.Context(), func(w controlplane.Writer) error {
		require.NoError(t, w.AddConfiguration(t.Context(), config))
		require.NoError(t, w.PutDeployment(t.Context(), controlplane.PipelineDeployment{Metadata: controlplane.Metadata{Name: "web", UID: "u"}}))
		return w.AddVersion(t.Context(), controlplane.Version{Deployment: "u", Number: 1, ConfigHash: config.Hash})
	}))
}
