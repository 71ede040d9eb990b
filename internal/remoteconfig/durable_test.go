package remoteconfig

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// two configurations are confirmed and settled, one after the other.
var twoSettled = [][]byte{[]byte("first: {}\n"), []byte("second: {}\n")}

// settleAll takes configurations through a whole life each, until a step fails,
// and returns how many settled.
func settleAll(l *Life, contents [][]byte) (settled int, err error) {
	if _, err := l.Start(everythingRuns); err != nil {
		return 0, err
	}
	for i, content := range contents {
		h := Sum(content)
		for _, step := range []func() error{
			func() error { _, err := l.Offer(Offer{Generation: uint64(i + 1), Hash: h}); return err },
			func() error { _, err := l.Store(content); return err },
			func() error { _, err := l.Next(); return err },
			func() error { _, err := l.Confirm(h); return err },
			func() error { _, err := l.Settle(h); return err },
		} {
			if err := step(); err != nil {
				return settled, err
			}
		}
		settled++
	}
	return settled, nil
}

var errKilled = errors.New("killed")

// A process that is killed before any step that it makes on the disk, or half
// way through it, leaves a state from which the next one runs a configuration
// that it can read; once settled, never less than the last good one.
func TestAnyStepCanBeTheLast(t *testing.T) {
	for _, half := range []bool{false, true} {
		for last, killed := 1, true; killed; last++ {
			dir := t.TempDir()
			var settled int
			settled, killed = killedAt(t, dir, last, half)
			_, whole := newest(readSlots(dir))
			require.True(t, whole || settled == 0, "killed at step %d: one slot is always whole", last)
			requireSound(t, dir, settled)
		}
	}
}

// killedAt lives until that step, and reports whether there was one and how many
// configurations had settled.
func killedAt(t *testing.T, dir string, last int, half bool) (settled int, killed bool) {
	t.Helper()
	steps := 0
	l, err := open(dir, boot, fixedTime, disk{before: func(_ string, n int) (int, error) {
		steps++
		if steps < last {
			return n, nil
		}
		if half && steps == last {
			return n / 2, errKilled
		}
		return 0, errKilled
	}})
	require.NoError(t, err)
	settled, _ = settleAll(l, twoSettled)
	_ = l.Close()
	return settled, steps >= last
}

// requireSound opens what was left after so many had settled.
func requireSound(t *testing.T, dir string, settled int) {
	t.Helper()
	l, err := Open(dir, boot, fixedTime)
	require.NoError(t, err)
	defer l.Close()
	_, err = l.Start(everythingRuns)
	require.NoError(t, err)
	s := l.State()
	require.GreaterOrEqual(t, s.Generation, uint64(settled), "the generation never falls")
	if settled > 0 {
		require.NotEmpty(t, s.LastGood)
	}
	for _, h := range []Hash{s.LastGood, s.Previous, s.Confirmed, s.Runs.Hash} {
		if h == "" {
			continue
		}
		content, err := l.Config(h)
		require.NoError(t, err)
		require.Equal(t, h, Sum(content))
	}
	_, err = settleAll(l, twoSettled[1:])
	require.NoError(t, err, "it goes on")
}

// Whatever happens to one slot, the other one's state is found, or the same.
func TestADamagedSlotGivesWayToTheOther(t *testing.T) {
	written, err := encodeSlot(stable().State)
	require.NoError(t, err)
	for i := range written {
		flipped := append([]byte(nil), written...)
		flipped[i] ^= 1
		_, err := decodeSlot(flipped)
		require.Error(t, err, "byte %d flipped", i)
		_, err = decodeSlot(written[:i])
		require.Error(t, err, "cut off at byte %d", i)
	}
}

func TestBothSlotsOfALifeCanBeDamagedInTurn(t *testing.T) {
	for i := range 2 {
		for name, damage := range map[string]func(path string) error{
			"emptied": func(path string) error { return os.Truncate(path, 0) },
			"removed": os.Remove,
			"zeroed":  func(path string) error { return os.WriteFile(path, make([]byte, slotSize), 0o600) },
		} {
			dir := t.TempDir()
			l, err := Open(dir, boot, fixedTime)
			require.NoError(t, err)
			settled, err := settleAll(l, twoSettled)
			require.NoError(t, err)
			require.Equal(t, 2, settled)
			require.NoError(t, l.Close())
			require.NoError(t, damage(slotPath(dir, i)))
			requireSound(t, dir, 1)
			l, err = Open(dir, boot, fixedTime)
			require.NoError(t, err)
			require.Contains(t, []Hash{Sum(twoSettled[0]), Sum(twoSettled[1])}, l.State().LastGood, "slot %d %s", i, name)
			require.NoError(t, l.Close())
		}
	}
}

func fixedTime() time.Time { return noon }
