package procread

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// allFiles is everything that can be wanted.
const allFiles = 1<<Files - 1

// tree is a /proc that a test writes.
type tree struct{ root string }

func newTree(t *testing.T) tree {
	tr := tree{t.TempDir()}
	tr.write(t, "stat", "cpu  10 2 30 4 5 6 7 8 0 0\ncpu0 1\ncpu1 1\nbtime 1000\n")
	tr.write(t, "meminfo", "MemTotal: 8 kB\n")
	return tr
}

func (tr tree) write(t *testing.T, file, content string) {
	t.Helper()
	to := filepath.Join(tr.root, "proc", file)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, []byte(content), 0o600))
}

func (tr tree) remove(t *testing.T, file string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(filepath.Join(tr.root, "proc", file)))
}

// process writes all files of a process.
func (tr tree) process(t *testing.T, pid int, name string, s Stat) {
	t.Helper()
	for file, content := range map[string]string{
		"stat": statText(name, s), "statm": "10 4 1 1 0 1 0\n", "io": ioText(IO{1, 2, 3, 4}),
		"status": statusText(name, Status{UID: 0, Pending: 5}), "cmdline": "/bin/" + name + "\x00-x\x00", "cgroup": "0::/a\n",
		fmt.Sprintf("task/%d/status", pid): statusText(name, Status{Switches: Switches{6, 7}}),
		"task/9/status":                    statusText(name, Status{Switches: Switches{10, 20}}),
		"fd/0":                             "", "fd/1": "", "fd/x": "",
	} {
		tr.write(t, fmt.Sprintf("%d/%s", pid, file), content)
	}
	exe := filepath.Join(tr.root, "proc", strconv.Itoa(pid), "exe")
	require.NoError(t, os.RemoveAll(exe))
	require.NoError(t, os.Symlink("/bin/"+name, exe))
}

func open(t *testing.T, root string, s Settings) *Reader {
	t.Helper()
	r, err := Open(root, s)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// scrape returns copies of the processes, by PID.
func scrape(t *testing.T, r *Reader) (map[int32]Process, Tally) {
	t.Helper()
	all := map[int32]Process{}
	tally, err := r.Scrape(func(p *Process) { all[p.PID] = *p })
	require.NoError(t, err)
	require.Len(t, all, tally.Visited)
	return all, tally
}

func TestEverythingIsReadOfAProcess(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{Parent: 3, User: 5, Start: 250, Threads: 2})
	r := open(t, tr.root, Settings{Want: allFiles, Total: true})
	all, tally := scrape(t, r)
	require.Zero(t, tally.Unreadable)
	require.Equal(t, Host{Boot: 1000, Cores: 2, Memory: 8 << 10, CPU: Ticks{User: 12, System: 43}}, r.Host())
	p := all[7]
	require.Equal(t, File(allFiles), p.Known)
	require.EqualValues(t, 1002500*time.Millisecond, p.Born)
	require.Equal(t, Memory{Virtual: 10 * pageSize, Resident: 4 * pageSize}, p.Memory)
	require.Equal(t, IO{1, 2, 3, 4}, p.IO)
	require.EqualValues(t, 5, p.Pending)
	require.Equal(t, Switches{16, 27}, p.Switches)
	require.Equal(t, 2, p.Descriptors)
	require.Equal(t, []string{"sh", "/bin/sh", "/bin/sh -x", "/bin/sh", "root", "0::/a"},
		[]string{p.Name, p.Command, p.CommandLine, p.Path, p.Owner, p.Cgroup})
}

func TestWithoutStatmMemoryIsThatOfStat(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{Virtual: 9000, Resident: 2})
	all, _ := scrape(t, open(t, tr.root, Settings{}))
	require.Equal(t, Memory{Virtual: 9000, Resident: 2 * pageSize}, all[7].Memory)
	require.Equal(t, StatFile, all[7].Known)
}

func TestAnotherProcessOfTheSamePIDBeginsAnew(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "first", Stat{User: 5, Start: 1})
	r := open(t, tr.root, Settings{Want: CmdlineFile, Refresh: time.Hour})
	scrape(t, r)
	tr.process(t, 7, "first", Stat{User: 6, Start: 1})
	all, tally := scrape(t, r)
	require.EqualValues(t, 5, all[7].Before.User)
	require.Zero(t, tally.AttributeReads)
	tr.process(t, 7, "other", Stat{User: 2, Start: 9})
	all, tally = scrape(t, r)
	require.Zero(t, all[7].Before)
	require.Equal(t, "/bin/other -x", all[7].CommandLine)
	require.Equal(t, 1, tally.AttributeReads)
}

func TestWhatEndedIsForgotten(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{})
	r := open(t, tr.root, Settings{})
	scrape(t, r)
	require.Equal(t, 1, r.Tracked())
	tr.remove(t, "7")
	all, tally := scrape(t, r)
	require.Empty(t, all)
	require.Zero(t, tally.Vanished)
	require.Zero(t, r.Tracked())
}

func TestAttributesAreReadAgainWhenTheyAreOld(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{})
	now := time.Unix(2000, 0)
	r := open(t, tr.root, Settings{Want: CmdlineFile | OwnerName, Refresh: time.Minute})
	r.now = func() time.Time { return now }
	scrape(t, r)
	tr.write(t, "7/cmdline", "sh: idle\x00")
	all, _ := scrape(t, r)
	require.Equal(t, "/bin/sh -x", all[7].CommandLine)
	now = now.Add(time.Minute)
	all, _ = scrape(t, r)
	require.Equal(t, "sh: idle", all[7].CommandLine)
}

func TestAnotherProgramHasOtherAttributes(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{})
	r := open(t, tr.root, Settings{Want: ExeFile, Refresh: time.Hour})
	scrape(t, r)
	tr.process(t, 7, "vi", Stat{})
	all, _ := scrape(t, r)
	require.Equal(t, "/bin/vi", all[7].Path)
	require.Equal(t, "vi", all[7].Name)
}

func TestMatchAndDelayKeepProcessesOut(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "old", Stat{Start: 0})
	tr.process(t, 8, "young", Stat{Start: 95_000})
	tr.process(t, 9, "other", Stat{Start: 0})
	r := open(t, tr.root, Settings{Match: func(name string) bool { return name != "other" }, Delay: time.Minute})
	r.now = func() time.Time { return time.Unix(2000, 0) }
	all, tally := scrape(t, r)
	require.Len(t, all, 1)
	require.Contains(t, all, int32(7))
	require.Zero(t, tally.Unreadable)
	require.Equal(t, 3, r.Tracked())
}

// A file that is missing takes away what is in it and nothing else.
func TestFilesThatCannotBeRead(t *testing.T) {
	for _, file := range []File{StatmFile, IOFile, StatusFile, CmdlineFile, CgroupFile, FDFolder, TaskFolder} {
		t.Run(file.String(), func(t *testing.T) {
			tr := newTree(t)
			tr.process(t, 7, "sh", Stat{})
			tr.remove(t, "7/"+file.String())
			all, tally := scrape(t, open(t, tr.root, Settings{Want: file}))
			require.Len(t, all, 1)
			require.Equal(t, StatFile, all[7].Known)
			i := bit(file)
			require.Equal(t, 1, tally.Unreadable[i])
			require.EqualError(t, tally.First[i], fmt.Sprintf("read %s of process 7: no such file or directory", file))
		})
	}
}

func bit(f File) (i int) {
	for ; 1<<i != f; i++ {
	}
	return i
}

func TestFilesThatAreNotUnderstood(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{})
	tr.process(t, 8, "sh", Stat{})
	tr.write(t, "7/stat", "7 (sh")
	tr.write(t, "8/io", "rchar: x")
	all, tally := scrape(t, open(t, tr.root, Settings{Want: IOFile}))
	require.Len(t, all, 1)
	require.False(t, all[8].Known.Has(IOFile))
	require.EqualError(t, tally.First[bit(StatFile)], "read stat of process 7: has no name in parentheses")
	require.EqualError(t, tally.First[bit(IOFile)], `read io of process 8: has no number behind "rchar:"`)
}

func TestAUserWithoutAName(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, "sh", Stat{})
	r := open(t, tr.root, Settings{Want: OwnerName})
	asked := 0
	r.owners.lookup = func(uid string) (*user.User, error) {
		asked++
		return nil, fmt.Errorf("open /etc/passwd: %w", os.ErrNotExist)
	}
	all, tally := scrape(t, r)
	require.Len(t, all, 1, "that a file is missing does not make a process go")
	require.False(t, all[7].Known.Has(OwnerName))
	require.ErrorContains(t, tally.First[bit(OwnerName)], "read owner of process 7: user 0: open /etc/passwd")
	require.Equal(t, 1, asked)
}

func TestAHostThatCannotBeRead(t *testing.T) {
	_, err := Open(t.TempDir(), Settings{})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "open ")
	tr := newTree(t)
	r := open(t, tr.root, Settings{})
	tr.write(t, "stat", "cpu 1\n")
	_, err = r.Scrape(func(*Process) {})
	require.EqualError(t, err, `read /proc/stat: has no line "btime"; is /proc mounted there?`)
}

func TestTheTimeOfBootMovesWithTheClockOnly(t *testing.T) {
	var h Host
	for text, want := range map[string]int64{"1000": 1000} {
		require.NoError(t, h.parseStat([]byte("btime "+text+"\n")))
		require.Equal(t, want, h.Boot)
	}
	require.NoError(t, h.parseStat([]byte("btime 1001\n")))
	require.EqualValues(t, 1000, h.Boot, "it was rounded")
	require.NoError(t, h.parseStat([]byte("btime 1003\n")))
	require.EqualValues(t, 1003, h.Boot, "the clock was set")
}

// start runs a real process.
func start(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(name, args...)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c
}

func TestThisProcessIsReadLive(t *testing.T) {
	for _, keep := range []int{0, 10_000} {
		r := open(t, "/", Settings{Want: allFiles, Refresh: time.Hour, Keep: keep})
		scrape(t, r)
		all, tally := scrape(t, r)
		p := all[int32(os.Getpid())]
		require.Equal(t, File(allFiles), p.Known)
		require.EqualValues(t, os.Getppid(), p.Stat.Parent)
		require.Equal(t, strings.Join(os.Args, " "), p.CommandLine)
		require.Positive(t, p.IO.Read)
		require.Positive(t, p.Memory.Resident)
		require.Less(t, tally.AttributeReads, len(all))
	}
}

// A process that ended and is not waited for has no memory and no executable.
func TestAProcessThatEndedIsThereUntilItIsWaitedFor(t *testing.T) {
	r := open(t, "/", Settings{Want: StatmFile | IOFile | ExeFile | CmdlineFile, Keep: 10_000})
	c := start(t, "sleep", "100")
	pid := int32(c.Process.Pid)
	scrape(t, r)
	require.NoError(t, c.Process.Kill())
	require.Eventually(t, func() bool {
		all, _ := scrape(t, r)
		p, ok := all[pid]
		return ok && p.Memory == Memory{} && p.Path == "" && p.CommandLine == ""
	}, 10*time.Second, time.Millisecond)
	require.Error(t, c.Wait())
	all, _ := scrape(t, r)
	require.NotContains(t, all, pid)
}

// A kept file is of the process that it was opened for, whoever has its PID.
func TestAKeptFileOfAProcessThatEndedIsReplaced(t *testing.T) {
	r := open(t, "/", Settings{Keep: 10_000})
	gone := start(t, "sleep", "100")
	scrape(t, r)
	stale := r.known[int32(gone.Process.Pid)]
	require.NotEqual(t, closed, stale.stat)
	require.NoError(t, gone.Process.Kill())
	require.Error(t, gone.Wait())
	next := start(t, "sleep", "200")
	delete(r.known, stale.PID)
	stale.PID = int32(next.Process.Pid) // as if it had been given the PID
	r.known[stale.PID] = stale
	all, tally := scrape(t, r)
	require.Equal(t, "sleep", all[stale.PID].Name)
	require.Zero(t, all[stale.PID].Before)
	require.Zero(t, tally.Unreadable)
}

func TestNoMoreFilesAreKeptThanThereIsRoomFor(t *testing.T) {
	for i := range 3 {
		start(t, "sleep", strconv.Itoa(100+i))
	}
	r := open(t, "/", Settings{Want: IOFile, Keep: 3})
	scrape(t, r)
	require.Zero(t, r.files.room)
	require.Positive(t, r.Tracked())
	for pid := range r.known {
		r.known[pid].scrape = 0
	}
	r.forget()
	require.Equal(t, 3, r.files.room)
}

// A program that runs out of descriptors gets those back that are kept, and no
// process is lost.
func TestKeptFilesAreGivenBackWhenDescriptorsRunOut(t *testing.T) {
	for i := range 20 {
		start(t, "sleep", strconv.Itoa(100+i))
	}
	r := open(t, "/", Settings{Want: IOFile | StatmFile, Keep: 10_000})
	scrape(t, r)
	kept := r.files.most - r.files.room
	require.Greater(t, kept, 50)
	r.known[int32(os.Getpid())].scrape = 0 // there is a file to open
	r.let(r.known[int32(os.Getpid())])
	giveBack := takeDescriptors(t)
	defer giveBack()
	all, tally := scrape(t, r)
	require.Zero(t, tally.Unreadable[bit(StatFile)])
	require.NotErrorIs(t, tally.First[bit(IOFile)], unix.EMFILE)
	require.Len(t, all, r.Tracked())
	require.Less(t, r.files.most, kept)
}

// takeDescriptors opens files until no more can be, and returns how to close
// them.
func takeDescriptors(t *testing.T) func() {
	t.Helper()
	var before, few unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
	few = before
	few.Cur = 1024
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &few))
	var taken []int
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	return func() {
		for _, fd := range taken {
			require.NoError(t, unix.Close(fd))
		}
		require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &before))
	}
}

func TestOfAProcessThatIsGoneNothingIsUnreadable(t *testing.T) {
	r := open(t, "/", Settings{})
	const none = 1<<31 - 1 // no PID is that large
	for _, err := range []error{unix.ESRCH, unix.ENOENT} {
		require.False(t, r.fail(none, IOFile, err))
	}
	require.Equal(t, Tally{Vanished: 2}, r.tally)
	require.True(t, r.fail(int32(os.Getpid()), IOFile, unix.ENOENT), "it is there, but has no such file")
	require.True(t, r.fail(none, IOFile, errors.New("no")))
}

func TestScrapesDoNotAllocateForProcessesTheyKnow(t *testing.T) {
	tr := newTree(t)
	for pid := range 50 {
		tr.process(t, 100+pid, "sh", Stat{})
	}
	r := open(t, tr.root, Settings{Want: allFiles, Refresh: time.Hour})
	visit := func(*Process) {}
	scrapeOnce := func() {
		if _, err := r.Scrape(visit); err != nil {
			t.Error(err)
		}
	}
	scrapeOnce()
	require.Less(t, testing.AllocsPerRun(20, scrapeOnce), 10.0, "for 50 processes")
}
