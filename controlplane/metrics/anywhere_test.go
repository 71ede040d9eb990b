package metrics

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDamageAnywhere damages up to three files anywhere, by chance but the same
// in each run: nothing is lost without a word, and the store works.
func TestDamageAnywhere(t *testing.T) {
	intact, end := aDatabase(t)
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir, random := copyOf(t, intact), rand.New(rand.NewPCG(seed, 1))
			all := allFiles(t, filepath.Join(dir, "tsdb"))
			for range 1 + random.IntN(3) {
				file := all[random.IntN(len(all))]
				t.Log(file)
				damageFile(t, file, func(b []byte) []byte { return damaged(b, random) })
			}
			s := open(t, Settings{Dir: dir, Now: func() time.Time { return end }})
			if samples(t, s, end) < samplesOfADatabase {
				require.NotEmpty(t, s.Problems())
			}
			require.Empty(t, send(t, s, someone, aScrape(end.Add(time.Second))).ErrorMessage())
		})
	}
}

// allFiles are those in a folder that are more than a header.
func allFiles(t *testing.T, dir string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 8 {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// damaged cuts b, flips one of its bits, or writes noise into it.
func damaged(b []byte, random *rand.Rand) []byte {
	if len(b) == 0 { // it was cut to nothing before
		return b
	}
	at := random.IntN(len(b))
	switch random.IntN(3) {
	case 0:
		return b[:at]
	case 1:
		b[at] ^= 1 << random.UintN(8)
	default:
		for i := at; i < min(at+100, len(b)); i++ {
			b[i] = byte(random.UintN(256))
		}
	}
	return b
}
