package metrics

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// openTestSpool opens a spool that collects what it loses.
func openTestSpool(t *testing.T, dir string) (*spool, *[]error) {
	t.Helper()
	var lost []error
	s, err := openSpool(dir, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), func(_ int, err error) { lost = append(lost, err) })
	require.NoError(t, err)
	return s, &lost
}

// rest are the records that follow.
func rest(t *testing.T, s *spool) (records []string) {
	t.Helper()
	for {
		r, err := s.next()
		require.NoError(t, err)
		if r == nil {
			return records
		}
		records = append(records, string(r))
	}
}

func TestASpoolGoesOnWhereItWasDone(t *testing.T) {
	dir := t.TempDir()
	s, _ := openTestSpool(t, dir)
	for i := range 5 {
		require.NoError(t, s.add(fmt.Append(nil, i)))
	}
	for range 3 {
		_, err := s.next()
		require.NoError(t, err)
	}
	require.NoError(t, s.done(position{s.at.Segment, 2}))
	require.NoError(t, s.Close())

	s, _ = openTestSpool(t, dir)
	require.NoError(t, s.add([]byte("5")))
	require.Equal(t, []string{"2", "3", "4", "5"}, rest(t, s))
	require.NoError(t, s.add([]byte("6")))
	require.Equal(t, []string{"6"}, rest(t, s))
	require.NoError(t, s.Close())
}

func TestASpoolThatForgotSendsAllAgain(t *testing.T) {
	dir := t.TempDir()
	s, _ := openTestSpool(t, dir)
	require.NoError(t, s.add([]byte("a")))
	require.Equal(t, []string{"a"}, rest(t, s))
	require.NoError(t, s.done(s.at))
	place := s.place()
	require.NoError(t, s.Close())
	for _, saved := range []string{"{", `{"segment":-1}`, `{"segment":0,"record":-5}`, ""} {
		require.NoError(t, os.WriteFile(place, []byte(saved), 0o600))
		s, _ = openTestSpool(t, dir)
		require.Equal(t, []string{"a"}, rest(t, s), "after %q", saved)
		require.NoError(t, s.Close())
	}
}

func TestASpoolReadsAroundDamage(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		s, _ := openTestSpool(t, dir)
		require.NoError(t, s.add(fmt.Append(nil, i)))
		require.NoError(t, s.Close())
	}
	logs := files(t, dir, "wal/*")
	require.Len(t, logs, 3)
	raw, err := os.ReadFile(logs[1])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(logs[1], damages["overwritten"](raw), 0o600))
	s, lost := openTestSpool(t, dir)
	require.Equal(t, []string{"0", "2"}, rest(t, s))
	require.Len(t, *lost, 1)
	require.NoError(t, s.Close())
}

func TestTheOldestGiveWay(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		s, _ := openTestSpool(t, dir)
		require.NoError(t, s.add(fmt.Append(nil, i)))
		require.NoError(t, s.Close())
	}
	s, lost := openTestSpool(t, dir) // which begins the sixth segment
	require.NoError(t, s.makeRoom(6))
	require.Empty(t, *lost)
	require.NoError(t, s.makeRoom(3))
	require.Len(t, *lost, 3)
	require.True(t, errors.Is((*lost)[0], errGone))
	require.Equal(t, []string{"3", "4"}, rest(t, s))
	require.Len(t, files(t, dir, "wal/*"), 2)
	require.NoError(t, s.Close())
}
