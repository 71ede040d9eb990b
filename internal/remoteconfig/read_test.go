package remoteconfig

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// filesOf returns all files of a folder, by name, with the time of their change.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		info, _ := e.Info()
		all[path] = info.ModTime().Format(time.RFC3339Nano) + string(b)
		return err
	}))
	return all
}

func TestALifeIsReadBesideItsCollectorAndLeftAsItIs(t *testing.T) {
	dir := lived(t)
	l := opened(t, dir, nil)
	before := filesOf(t, dir)
	r, err := Read(dir)
	require.NoError(t, err)
	require.Equal(t, l.State(), r.State)
	require.Equal(t, before, filesOf(t, dir))
	attempts, err := l.Attempts()
	require.NoError(t, err)
	require.Equal(t, attempts, r.Attempts)
	require.NotEmpty(t, r.Attempts)
	content, err := r.Config(r.Proven().Hash)
	require.NoError(t, err)
	require.Equal(t, twoSettled[1], content)
	require.False(t, r.OnTrial())
}

func TestWhatIsOnTrialIsNotProven(t *testing.T) {
	dir := lived(t)
	l := opened(t, dir, nil)
	_, err := l.Start(everythingRuns)
	require.NoError(t, err)
	next := []byte("third: {}\n")
	_, err = l.Offer(Offer{Generation: 3, Hash: Sum(next)})
	require.NoError(t, err)
	_, err = l.Store(next)
	require.NoError(t, err)
	_, err = l.Next()
	require.NoError(t, err)
	r, err := Read(dir)
	require.NoError(t, err)
	require.True(t, r.OnTrial())
	require.Equal(t, Run{LastGood, Sum(twoSettled[1])}, r.Proven())
}

func TestBothSlotsLostAreReadByTheHistory(t *testing.T) {
	dir := lived(t)
	for i := range 2 {
		require.NoError(t, os.WriteFile(slotPath(dir, i), []byte("torn"), 0o600))
	}
	before := filesOf(t, dir)
	r, err := Read(dir)
	require.NoError(t, err)
	require.Equal(t, Run{LastGood, Sum(twoSettled[1])}, r.Proven())
	require.Len(t, r.Problems, 1)
	require.Equal(t, before, filesOf(t, dir))
}

func TestADirectoryThatIsNotThereIsSaid(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	r, err := Read(t.TempDir())
	require.NoError(t, err)
	require.Equal(t, New(), r.State)
	require.Equal(t, Run{Source: Bootstrap}, r.Proven())
}
