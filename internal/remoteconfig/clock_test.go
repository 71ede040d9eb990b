package remoteconfig

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// livedBy is what a life has after two configurations settled and a third one
// crashed, by a clock.
func livedBy(t *testing.T, clock func() time.Time) (State, []Attempt) {
	t.Helper()
	dir := t.TempDir()
	l, err := Open(dir, boot, clock)
	require.NoError(t, err)
	_, err = settleAll(l, twoSettled)
	require.NoError(t, err)
	third := []byte("third")
	_, err = l.Offer(Offer{Hash: Sum(third), Generation: 9})
	require.NoError(t, err)
	_, err = l.Store(third)
	require.NoError(t, err)
	_, err = l.Next()
	require.NoError(t, err)
	require.NoError(t, l.Close())

	l, err = Open(dir, boot, clock)
	require.NoError(t, err)
	defer l.Close()
	_, err = l.Start(everythingRuns)
	require.NoError(t, err)
	attempts, err := l.Attempts()
	require.NoError(t, err)
	return l.State(), attempts
}

// A clock that is set, as far as a decade and at each look at it, changes what is
// told, and nothing that is decided.
func TestTheClockDecidesNothing(t *testing.T) {
	steady, told := livedBy(t, fixedTime)
	looks := 0
	jumping, toldSo := livedBy(t, func() time.Time {
		looks++
		return noon.AddDate((looks%3-1)*10, 0, looks)
	})
	require.Greater(t, looks, 5)
	require.Equal(t, timeless(t, steady), timeless(t, jumping))
	require.Equal(t, timeless(t, told), timeless(t, toldSo))
}

var dates = regexp.MustCompile(`"[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*"`)

// timeless is a value without its times, as JSON.
func timeless(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return dates.ReplaceAllString(string(text), `"then"`)
}
