package metrics

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// smallDisk is set in the child of TestAFullDisk: where to mount its disk.
const smallDisk = "PHOENIX_TEST_SMALL_DISK"

// TestAFullDisk fills a small disk, which only a child in a mount namespace of
// its own sees: writes fail, reads go on, and nothing that was taken is lost when
// there is room again, nor by the next start.
func TestAFullDisk(t *testing.T) {
	if dir := os.Getenv(smallDisk); dir != "" {
		fillDisk(t, dir)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAFullDisk$")
	child.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
}

func fillDisk(t *testing.T, dir string) {
	require.NoError(t, syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=70m"))
	s, err := Open(Settings{Dir: dir})
	require.NoError(t, err)
	h, at, taken := s.Ingest(from(someone)), time.Now().Add(-20*time.Minute), 0
	send := func() int {
		at = at.Add(time.Second)
		code := post(h, protobuf(t, aScrape(at))).Code
		if code == http.StatusOK {
			taken++
		}
		return code
	}
	require.Equal(t, http.StatusOK, send())
	ballast := fillUp(t, dir)
	for send() == http.StatusOK {
	}
	require.Equal(t, http.StatusServiceUnavailable, send())
	require.NotZero(t, samples(t, s, time.Now()))
	require.NoError(t, os.Remove(ballast))
	await(t, "room to be noticed", func() bool { return send() == http.StatusOK })
	for range 100 {
		require.Equal(t, http.StatusOK, send())
	}
	require.NoError(t, s.Close())

	s = open(t, Settings{Dir: dir})
	require.GreaterOrEqual(t, samples(t, s, time.Now()), taken)
	require.Empty(t, s.Problems())
}

// fillUp takes all room, up to the last byte.
func fillUp(t *testing.T, dir string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	require.NoError(t, err)
	for _, size := range []int{1 << 20, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())
	return ballast
}
