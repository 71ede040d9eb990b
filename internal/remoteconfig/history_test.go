package remoteconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func ids(t *testing.T, h history) (ids []uint64, damaged int) {
	t.Helper()
	attempts, damaged, err := h.read()
	require.NoError(t, err)
	for _, a := range attempts {
		ids = append(ids, a.ID)
	}
	return ids, damaged
}

func TestATornLineCostsOneAttempt(t *testing.T) {
	h := history{path: filepath.Join(t.TempDir(), "attempts.jsonl")}
	require.NoError(t, h.add([]Attempt{{ID: 1}, {ID: 2}}))
	info, err := os.Stat(h.path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(h.path, info.Size()-5))
	require.NoError(t, h.add([]Attempt{{ID: 3}}))
	got, damaged := ids(t, h)
	require.Equal(t, []uint64{1, 3}, got)
	require.Equal(t, 1, damaged)
}

func TestOfAnAttemptThatIsThereTwiceTheLaterCounts(t *testing.T) {
	h := history{path: filepath.Join(t.TempDir(), "attempts.jsonl")}
	require.NoError(t, h.add([]Attempt{{ID: 1, Outcome: WentBack}, {ID: 2}, {ID: 1, Outcome: Settled}}))
	attempts, _, err := h.read()
	require.NoError(t, err)
	require.Len(t, attempts, 2)
	require.Equal(t, Settled, attempts[1].Outcome)
}

func TestTheHistoryIsBounded(t *testing.T) {
	h := history{path: filepath.Join(t.TempDir(), "attempts.jsonl")}
	for i := range 12 {
		var some []Attempt
		for j := range 100 {
			some = append(some, Attempt{ID: uint64(100*i + j + 1), Reason: strings.Repeat("r", 200)})
		}
		require.NoError(t, h.add(some))
	}
	got, _ := ids(t, h)
	info, err := os.Stat(h.path)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(historyLimit+64<<10))
	require.Equal(t, uint64(1200), got[len(got)-1], "the newest stays")
	require.Greater(t, got[0], uint64(100), "the oldest goes")
	require.Greater(t, len(got), 400)
}

func TestAnAttemptSaysHowFarItCame(t *testing.T) {
	p := stable()
	for _, stage := range []struct {
		reached string
		do      func() *play
	}{
		{"received", func() *play { return p.offer(offered) }},
		{"checked", func() *play { return p.do(p.Check(offered, noon)) }},
		{"validated", func() *play { return p.do(p.Validate(offered, noon)) }},
		{"stored", func() *play { return p.do(p.Store(offered, noon)) }},
		{"applied", func() *play { return p.do(p.Apply(offered, noon)) }},
		{"confirmed", func() *play { return p.do(p.State.Confirm(offered, noon)) }},
	} {
		stage.do()
		require.Equal(t, stage.reached, p.Attempts[len(p.Attempts)-1].Reached())
	}
}
