package metrics

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/stretchr/testify/require"
)

// aDatabase makes a folder with blocks, a checkpoint, segments of a log, and
// chunks of the newest data; its samples end at the returned time.
func aDatabase(t *testing.T) (dir string, end time.Time) {
	t.Helper()
	dir, end = t.TempDir(), time.Now().Add(-12*time.Hour)
	clock := func() time.Time { return end }
	for range 12 { // each start begins a segment
		s, err := Open(Settings{Dir: dir, Now: clock})
		require.NoError(t, err)
		for range 120 {
			end = end.Add(30 * time.Second)
			require.Empty(t, send(t, s, someone, aScrape(end)).ErrorMessage())
		}
		require.NoError(t, s.db.database.(*tsdb.DB).Compact(context.Background()))
		require.NoError(t, s.Close())
	}
	require.NotEmpty(t, files(t, dir, "tsdb/*/chunks/*"))
	require.NotEmpty(t, files(t, dir, "tsdb/wal/checkpoint.*/*"))
	require.NotEmpty(t, files(t, dir, "tsdb/chunks_head/*"))
	return dir, end
}

// files are those that are more than a header.
func files(t *testing.T, dir, pattern string) (found []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, pattern))
	require.NoError(t, err)
	for _, f := range all {
		if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() && info.Size() > 8 {
			found = append(found, f)
		}
	}
	return found
}

// copyOf copies a folder.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

var damages = map[string]func([]byte) []byte{
	"cut in the middle": func(b []byte) []byte { return b[:len(b)/2] },
	"cut to nothing":    func([]byte) []byte { return nil },
	"flipped in the middle": func(b []byte) []byte {
		b[len(b)/2] ^= 0x10
		return b
	},
	"flipped in the middle of what is there": func(b []byte) []byte {
		b[len(bytes.TrimRight(b, "\x00"))/2] ^= 0x10
		return b
	},
	"flipped at the start": func(b []byte) []byte {
		b[0] ^= 0x10
		return b
	},
	"overwritten": func(b []byte) []byte { return []byte(strings.Repeat("x", len(b))) },
}

// TestDamageIsSetAsideAndReported damages a file of each kind in each way: the
// store opens soon, and takes and answers.
func TestDamageIsSetAsideAndReported(t *testing.T) {
	intact, end := aDatabase(t)
	for _, pattern := range []string{
		"tsdb/*/chunks/*", "tsdb/*/index", "tsdb/*/meta.json", "tsdb/*/tombstones",
		"tsdb/wal/0*", "tsdb/wal/checkpoint.*/*", "tsdb/chunks_head/*",
	} {
		for how, damage := range damages {
			t.Run(pattern+" "+how, func(t *testing.T) {
				dir := copyOf(t, intact)
				damageFile(t, files(t, dir, pattern)[0], damage)
				began := time.Now()
				s := open(t, Settings{Dir: dir, Now: func() time.Time { return end }})
				require.Less(t, time.Since(began), 10*time.Second)
				if n := samples(t, s, end); n < samplesOfADatabase {
					t.Logf("%d samples are lost", samplesOfADatabase-n)
					require.NotEmpty(t, s.Problems())
				}
				for _, p := range s.Problems() {
					require.True(t, strings.HasPrefix(p.Path, filepath.Join(dir, "damaged")), p.Path)
					require.FileExists(t, leaf(t, p.Path))
				}
				require.Empty(t, send(t, s, someone, aScrape(end.Add(time.Second))).ErrorMessage())
			})
		}
	}
}

// TestDamageOfLateSamplesIsSetAsideAndReported does the same to the log of
// samples that came out of order.
func TestDamageOfLateSamplesIsSetAsideAndReported(t *testing.T) {
	intact, now := t.TempDir(), time.Now()
	s, err := Open(Settings{Dir: intact})
	require.NoError(t, err)
	for ago := range 10 {
		require.Empty(t, send(t, s, someone, aScrape(now.Add(-time.Duration(ago)*time.Minute))).ErrorMessage())
	}
	require.NoError(t, s.Close())
	require.NotEmpty(t, files(t, intact, "tsdb/wbl/*"))
	for how, damage := range damages {
		t.Run(how, func(t *testing.T) {
			dir := copyOf(t, intact)
			damageFile(t, files(t, dir, "tsdb/wbl/*")[0], damage)
			s := open(t, Settings{Dir: dir})
			require.NotZero(t, samples(t, s, now), "what came in its time is in another log")
			if samples(t, s, now) < 10 && how != "cut to nothing" {
				require.NotEmpty(t, s.Problems())
			}
			require.Empty(t, send(t, s, someone, aScrape(now.Add(time.Second))).ErrorMessage())
		})
	}
}

func damageFile(t *testing.T, file string, damage func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, damage(raw), 0o600))
}

// samplesOfADatabase is how many aDatabase has of each series.
const samplesOfADatabase = 12 * 120

func samples(t *testing.T, s *Store, end time.Time) int {
	t.Helper()
	a, err := s.Query(context.Background(), "sum(count_over_time(phoenix_scrape_series[1d]))", end)
	require.NoError(t, err)
	if v := a.Result.(model.Vector); len(v) > 0 {
		return int(v[0].Value)
	}
	return 0
}

// leaf is a file of a folder.
func leaf(t *testing.T, path string) (file string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(path, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			file = p
		}
		return err
	}))
	return file
}
