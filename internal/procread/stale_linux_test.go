package procread

import (
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that begins to run a program whose files may not be read says
// nothing of the program before.
func TestWhatCanNoLongerBeReadIsNotThatOfTheProgramBefore(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{})
	tr.write(t, "7/cgroup", "0::/kubepods/pod"+aUID+"/"+anID+"\n")
	r := open(t, tr.root, Settings{Want: allFiles, Refresh: time.Hour})
	all, _ := scrape(t, r)
	require.Equal(t, [3]string{"/bin/sh", anID, aUID}, [3]string{all[7].Path, all[7].Container, all[7].Pod})
	tr.process(t, 7, "sudo", Stat{})
	for _, file := range []string{"exe", "cgroup", "cmdline"} {
		tr.remove(t, filepath.Join("7", file))
		tr.write(t, filepath.Join("7", file, "a directory"), "cannot be read")
	}
	all, tally := scrape(t, r)
	p := all[7]
	require.Equal(t, "sudo", p.Name)
	require.Equal(t, [6]string{}, [6]string{p.Path, p.Cgroup, p.Container, p.Pod, p.Command, p.CommandLine})
	for _, file := range []File{ExeFile, CgroupFile, CmdlineFile} {
		require.Equal(t, 1, tally.Unreadable[bit(file)], file)
		require.False(t, p.Known.Has(file))
	}
}

// A process whose stat cannot be read once, since the program has no descriptor
// left, is not visited, and is the same one after that.
func TestAProcessThatCannotBeReadOnceIsNotForgotten(t *testing.T) {
	tr, now := newTree(t), time.Unix(2000, 0)
	r := open(t, tr.root, Settings{Refresh: time.Hour})
	r.now = func() time.Time { return now }
	scrape(t, r)
	now = now.Add(time.Minute)
	tr.process(t, 7, "sh", Stat{Start: 103_000, User: 50})
	scrape(t, r)
	tr.remove(t, "7/stat")
	tr.write(t, "7/stat/a directory", "cannot be read")
	all, tally := scrape(t, r)
	require.Empty(t, all)
	require.Equal(t, 1, tally.Unreadable[bit(StatFile)])
	tr.remove(t, "7/stat")
	tr.process(t, 7, "sh", Stat{Start: 103_000, User: 60})
	tr.write(t, "stat", "cpu  1010 2 30 4 5 6 7\nbtime 1000\n")
	all, tally = scrape(t, r)
	require.EqualValues(t, 50, all[7].Before.User)
	require.Zero(t, tally.AttributeReads)
	require.Equal(t, Ticks{User: 940}, r.Unattributed().Ticks, "of 1000 it shows 60, and 50 of those once")
	tr.remove(t, "7")
	scrape(t, r)
	require.Zero(t, r.Tracked())
}

// A clock that is set back makes nobody older than the first scrape.
func TestAClockThatIsSetBackChangesNoAccount(t *testing.T) {
	tr, now := newTree(t), time.Unix(9000, 0)
	r := open(t, tr.root, Settings{})
	r.now = func() time.Time { return now }
	tr.write(t, "stat", "cpu  0 0 0 0\nbtime 8000\n")
	scrape(t, r)
	require.EqualValues(t, 9000e9, r.Unattributed().Since)
	now = time.Unix(2010, 0)
	tr.write(t, "stat", "cpu  100 0 0 0\nbtime 1000\n")
	tr.process(t, 7, "sh", Stat{Start: 100_500, User: 70})
	scrape(t, r)
	require.Equal(t, Ticks{User: 30}, r.Unattributed().Ticks)
	require.EqualValues(t, 2000e9, r.Unattributed().Since, "births move with the clock, too")
}

// Nor does it let attributes and names of users be believed for longer.
func TestAClockThatIsSetBackKeepsNoAttributes(t *testing.T) {
	tr, now := newTree(t), time.Unix(9000, 0)
	tr.process(t, 7, "sh", Stat{})
	r := open(t, tr.root, Settings{Want: CmdlineFile | OwnerName, Refresh: time.Minute})
	r.now = func() time.Time { return now }
	r.owners.lookup = func(string) (*user.User, error) { return &user.User{Username: now.String()}, nil }
	scrape(t, r)
	tr.write(t, "7/cmdline", "sh: idle\x00")
	now = time.Unix(2000, 0)
	all, _ := scrape(t, r)
	require.Equal(t, "sh: idle", all[7].CommandLine)
	require.Equal(t, now.String(), all[7].Owner)
}
