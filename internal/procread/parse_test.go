package procread

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// statText is a stat file as the kernel writes it, of Linux 6.18.
func statText(name string, s Stat) string {
	return fmt.Sprintf("7 (%s) S %d 7 7 0 -1 4194304 %d 11 %d 13 %d %d %d %d 20 0 %d 0 %d %d %d 18446744073709551615"+
		" 1 2 3 0 0 0 0 0 0 0 0 0 17 0 0 0 %d 0 0 1 2 3 4 5 6 7 0\n",
		name, s.Parent, s.MinorFaults, s.MajorFaults, s.User, s.System, s.Children.User, s.Children.System, s.Threads, s.Start, s.Virtual, s.Resident, s.Wait)
}

func anyStat(t *rapid.T) Stat {
	n := rapid.Uint64Range(0, math.MaxInt64)
	return Stat{
		Name:   rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "name"),
		Parent: rapid.Int32Min(0).Draw(t, "parent"), MinorFaults: n.Draw(t, "minor"), MajorFaults: n.Draw(t, "major"),
		User: n.Draw(t, "user"), System: n.Draw(t, "system"), Wait: n.Draw(t, "wait"),
		Children: Ticks{n.Draw(t, "children user"), n.Draw(t, "children system")},
		Threads:  rapid.Int64Min(0).Draw(t, "threads"), Start: n.Draw(t, "start"),
		Virtual: n.Draw(t, "virtual"), Resident: n.Draw(t, "resident"),
	}
}

// Names may hold any byte, parentheses and newlines too.
func TestStatIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyStat(t)
		var got Stat
		require.NoError(t, got.Parse([]byte(statText(string(want.Name), want))))
		want.program = got.program
		require.Equal(t, string(want.Name), string(got.Name))
		got.Name = want.Name
		require.Equal(t, want, got)
	})
}

func TestAnotherProgramShowsInStat(t *testing.T) {
	var before, same, after Stat
	text := statText("sh", Stat{})
	require.NoError(t, before.Parse([]byte(text)))
	require.NoError(t, same.Parse([]byte(strings.Replace(text, " S ", " R ", 1))))
	require.NoError(t, after.Parse([]byte(strings.Replace(text, " 3 4 5 ", " 3 8 9 ", 1))))
	require.Equal(t, before.program, same.program)
	require.NotEqual(t, before.program, after.program)
}

func TestAStatThatIsCutIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "has no name in parentheses",
		"7 (sh":                    "has no name in parentheses",
		"7 )sh(":                   "has no name in parentheses",
		"7 (sh)":                   "has 2 fields, want at least 24",
		"7 (sh) S 1 2":             "has 5 fields, want at least 24",
		"7 (sh) S 1 2 x 4 5 6 7 8": "has 5 fields, want at least 24",
	} {
		require.EqualError(t, new(Stat).Parse([]byte(text)), want, text)
	}
}

func ioText(io IO) string {
	return fmt.Sprintf("rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d\nread_bytes: 1\nwrite_bytes: 2\ncancelled_write_bytes: 3\n",
		io.Read, io.Written, io.Reads, io.Writes)
}

func TestIOIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64()
		want := IO{n.Draw(t, "read"), n.Draw(t, "written"), n.Draw(t, "reads"), n.Draw(t, "writes")}
		var got IO
		require.NoError(t, got.Parse([]byte(ioText(want))))
		require.Equal(t, want, got)
	})
}

func TestAnIOThatIsCutChangesNothing(t *testing.T) {
	text := ioText(IO{1, 2, 3, 4})
	io := IO{Read: 5}
	require.EqualError(t, io.Parse([]byte(text[:20])), `has no line "syscr:"`)
	require.EqualError(t, io.Parse([]byte("rchar: many")), `has no number behind "rchar:"`)
	require.Equal(t, IO{Read: 5}, io)
}

func TestMemoryIsInBytes(t *testing.T) {
	var m Memory
	require.NoError(t, m.Parse([]byte("10 4 1 1 0 1 0\n")))
	require.Equal(t, Memory{Virtual: 10 * pageSize, Resident: 4 * pageSize}, m)
	for _, bad := range []string{"", "10", "10 x", "x 4"} {
		require.ErrorIs(t, m.Parse([]byte(bad)), errNoMemory, bad)
	}
}

func statusText(name string, s Status) string {
	return fmt.Sprintf("Name:\t%s\nUid:\t%d\t1\t2\t3\nGroups:\t1 2 \nThreads:\t3\nSigPnd:\t%016x\nShdPnd:\t%016x\n"+
		"voluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t%d\n", name, s.UID, 255, s.Pending, s.Voluntary, s.Involuntary)
}

func TestStatusIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64()
		want := Status{rapid.Uint32().Draw(t, "uid"), n.Draw(t, "pending"), Switches{n.Draw(t, "voluntary"), n.Draw(t, "involuntary")}}
		var got Status
		require.NoError(t, got.Parse([]byte(statusText("Uid:\\nUid:", want))))
		require.Equal(t, want, got)
	})
}

func TestAStatusThatIsCutIsAnError(t *testing.T) {
	whole := statusText("sh", Status{})
	for length, want := range map[int]string{
		5:                `has no line "Uid:"`,
		30:               `has no hexadecimal number behind "ShdPnd:"`,
		len(whole) - 29:  `has no line "nonvoluntary_ctxt_switches:"`,
		len(whole) - 2:   `has no number behind "nonvoluntary_ctxt_switches:"`,
		len(whole) - 120: `has no hexadecimal number behind "ShdPnd:"`,
	} {
		require.EqualError(t, new(Status).Parse([]byte(whole[:length])), want, whole[:length])
	}
}

// Whatever is in a file, reading it ends, with a result or an error.
func FuzzParse(f *testing.F) {
	f.Add([]byte(statText("a) (b", Stat{})))
	f.Add([]byte(statusText("sh", Status{})))
	f.Add([]byte(ioText(IO{})))
	f.Add([]byte("cpu0 1\nbtime 5\nMemTotal: 7 kB\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, parse := range []func([]byte) error{
			new(Stat).Parse, new(Status).Parse, new(Switches).Parse, new(IO).Parse, new(Memory).Parse, new(Host).parseStat, new(Host).parseMeminfo,
		} {
			if err := parse(text); err != nil {
				require.NotEmpty(t, err.Error())
			}
		}
		command, line := commandLine(append([]byte(nil), text...))
		require.LessOrEqual(t, len(command), len(line))
		require.NotContains(t, string(line), "\x00")
	})
}
