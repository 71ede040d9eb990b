package remoteconfig

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// opened is a life of a folder whose steps are asked of before.
func opened(t *testing.T, dir string, before func(string, int) (int, error)) *Life {
	t.Helper()
	l, err := open(dir, boot, fixedTime, disk{before: before})
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// lived is a folder in which both configurations settled.
func lived(t *testing.T) string {
	t.Helper()
	l := opened(t, t.TempDir(), nil)
	_, err := settleAll(l, twoSettled)
	require.NoError(t, err)
	require.NoError(t, l.Stop())
	return l.dir
}

// failing fails the steps whose names begin so.
func failing(err error, steps ...string) func(string, int) (int, error) {
	return func(step string, n int) (int, error) {
		if slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(step, s) }) {
			return 0, err
		}
		return n, nil
	}
}

func TestAFullDiskFailsTheOfferAndNothingElse(t *testing.T) {
	dir := lived(t)
	l := opened(t, dir, failing(syscall.ENOSPC, "write "+tempPrefix, "write attempts"))
	_, err := l.Start(everythingRuns)
	require.NoError(t, err)
	third := []byte("third: {}\n")
	_, err = l.Offer(Offer{Generation: 3, Hash: Sum(third)})
	require.NoError(t, err)
	step, err := l.Store(third)
	require.NoError(t, err)
	require.Equal(t, "storage: store the configuration: no space left on device", step.Answers[0].Cause.Error())
	require.Equal(t, Stable, l.State().Phase)
	require.NotEmpty(t, l.Problems(), "the attempt could not be added to the history")
	attempts, err := l.Attempts()
	require.NoError(t, err)
	require.Len(t, attempts, 3, "and is in the slot")
	require.NoError(t, l.Close())

	l = opened(t, dir, nil)
	attempts, err = l.Attempts()
	require.NoError(t, err)
	require.Len(t, attempts, 3, "it is not forgotten when there is room again")
}

func TestAFolderThatCanOnlyBeReadRunsTheLastGoodOne(t *testing.T) {
	l := opened(t, lived(t), failing(syscall.EROFS, "open slot", "write"))
	require.Len(t, l.Problems(), 1)
	step, err := l.Start(everythingRuns)
	require.ErrorContains(t, err, "it cannot be written")
	require.Equal(t, Run{LastGood, Sum(twoSettled[1])}, step.Run)
	_, err = l.Offer(Offer{Generation: 9, Hash: offered})
	require.Error(t, err)
	require.Equal(t, uint64(2), l.State().Generation)
}

// A trial that is not on the disk would be tried again after it ended the
// process.
func TestNoTrialBeginsThatCannotBeWritten(t *testing.T) {
	dir := lived(t)
	third := []byte("third: {}\n")
	broken := false
	l := opened(t, dir, func(step string, n int) (int, error) {
		if broken {
			return 0, syscall.EIO
		}
		return n, nil
	})
	_, err := l.Start(everythingRuns)
	require.NoError(t, err)
	_, err = l.Offer(Offer{Generation: 3, Hash: Sum(third)})
	require.NoError(t, err)
	_, err = l.Store(third)
	require.NoError(t, err)
	broken = true
	run, err := l.Next()
	require.ErrorIs(t, err, syscall.EIO)
	require.Equal(t, Run{LastGood, Sum(twoSettled[1])}, run)
	require.NoError(t, l.Close())

	l = opened(t, dir, failing(syscall.EIO, "write"))
	step, err := l.Start(everythingRuns)
	require.ErrorIs(t, err, syscall.EIO)
	require.Equal(t, Run{LastGood, Sum(twoSettled[1])}, step.Run)
}

func TestOneCollectorForAStateDirectory(t *testing.T) {
	l := opened(t, t.TempDir(), nil)
	_, err := Open(l.dir, boot, fixedTime)
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, l.Close())
	opened(t, l.dir, nil)
}

func TestAConfigurationIsDurableBeforeItHasItsName(t *testing.T) {
	var steps []string
	c := configs{folder: t.TempDir(), disk: disk{before: func(step string, n int) (int, error) {
		verb, _, _ := strings.Cut(step, " ")
		steps = append(steps, verb)
		return n, nil
	}}}
	require.NoError(t, c.put(twoSettled[0]))
	require.Equal(t, []string{"write", "sync", "rename", "sync"}, steps)
	info, err := os.Stat(c.path(Sum(twoSettled[0])))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}

func TestAChangedConfigurationIsNotReadAndCanBeOfferedAgain(t *testing.T) {
	c := configs{folder: t.TempDir()}
	h := Sum(twoSettled[0])
	require.NoError(t, c.put(twoSettled[0]))
	require.NoError(t, os.WriteFile(c.path(h), twoSettled[1], 0o600))
	_, err := c.read(h)
	require.ErrorContains(t, err, "was changed: its content has another hash")
	require.NoError(t, c.put(twoSettled[0]))
	content, err := c.read(h)
	require.NoError(t, err)
	require.Equal(t, twoSettled[0], content)
	_, err = c.read("../slot-a")
	require.ErrorContains(t, err, "is no hash")
	require.ErrorContains(t, c.put(make([]byte, MaxConfigSize+1)), "the limit is 4194304")
}

func TestWhatNobodyRefersToIsRemoved(t *testing.T) {
	dir := lived(t)
	l := opened(t, dir, nil)
	for _, name := range []string{string(offered), tempPrefix + "1"} {
		require.NoError(t, os.WriteFile(filepath.Join(l.configs.folder, name), nil, 0o600))
	}
	_, err := l.Start(everythingRuns)
	require.NoError(t, err)
	entries, err := os.ReadDir(l.configs.folder)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the last good one and the one before")
}

// What only the older slot refers to is needed should the newer one be lost.
func TestTheOtherSlotsConfigurationsAreKept(t *testing.T) {
	l := opened(t, lived(t), nil)
	_, err := l.Start(everythingRuns)
	require.NoError(t, err)
	third := []byte("third: {}\n")
	for _, step := range []func() error{
		func() error { _, err := l.Offer(Offer{Generation: 3, Hash: Sum(third)}); return err },
		func() error { _, err := l.Store(third); return err },
		func() error { _, err := l.Fail(Sum(third), away); return err },
	} {
		require.NoError(t, step())
	}
	_, err = l.Config(Sum(third))
	require.NoError(t, err, "the state before has it armed")
	_, err = l.Up()
	require.NoError(t, err)
	_, err = l.Release(Sum(third))
	require.NoError(t, err)
	require.NoError(t, l.Stop())
	_, err = l.Config(Sum(third))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBothSlotsLost(t *testing.T) {
	dir := lived(t)
	for i := range 2 {
		require.NoError(t, os.Truncate(slotPath(dir, i), 100))
	}
	l := opened(t, dir, nil)
	require.Contains(t, strings.Join(l.Problems(), "\n"), "by the history the last good one is "+Sum(twoSettled[1]).Short())
	step, err := l.Start(everythingRuns)
	require.NoError(t, err)
	require.Equal(t, Run{LastGood, Sum(twoSettled[1])}, step.Run)
	s := l.State()
	require.Equal(t, Sum(twoSettled[0]), s.Previous)
	require.Equal(t, uint64(2), s.Generation, "the generation does not fall")
	require.Equal(t, uint64(2), s.LastID)
}

func TestBothSlotsAndTheLastGoodOneLost(t *testing.T) {
	dir := lived(t)
	for i := range 2 {
		require.NoError(t, os.Truncate(slotPath(dir, i), 0))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "configs", string(Sum(twoSettled[1])))))
	l := opened(t, dir, nil)
	step, err := l.Start(everythingRuns)
	require.NoError(t, err)
	require.Equal(t, Run{LastGood, Sum(twoSettled[0])}, step.Run)
}

func TestANewFolderHasNoProblems(t *testing.T) {
	l := opened(t, filepath.Join(t.TempDir(), "state"), nil)
	require.Empty(t, l.Problems())
	step, err := l.Start(everythingRuns)
	require.NoError(t, err)
	require.Equal(t, Run{Source: Bootstrap}, step.Run)
	_, err = l.Offer(Offer{Hash: "../../etc/passwd"})
	require.ErrorContains(t, err, "is no hash of a configuration")
	_, err = Open(filepath.Join(slotPath(l.dir, 0), "state"), boot, fixedTime)
	require.ErrorContains(t, err, "open state directory")
}

func TestTheBootsID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "boot_id")
	_, err := BootID(path)
	require.ErrorContains(t, err, "a restart of the host counts as a crash")
	require.NoError(t, os.WriteFile(path, []byte("0c7e\n"), 0o600))
	id, err := BootID(path)
	require.NoError(t, err)
	require.Equal(t, "0c7e", id)
}

func TestACauseComesThroughAnError(t *testing.T) {
	require.Equal(t, away, CauseOf(errors.Join(errors.New("validate"), away), Invalid))
	require.Equal(t, Cause{Code: Invalid, Detail: "no"}, CauseOf(errors.New("no"), Invalid))
	require.Equal(t, "unhealthy at exporters/otlphttp/phoenix: no data flowed", itself.Error())
}
