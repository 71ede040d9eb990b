package procread

// File is a set of the files of a process: what to read, what was read.
type File uint16

// The files of a process. Stat is read always.
const (
	StatFile    File = 1 << iota
	StatmFile        // memory, exactly
	IOFile           // bytes and calls
	StatusFile       // pending signals
	CmdlineFile      // Command, CommandLine
	ExeFile          // Path
	CgroupFile       // Cgroup, Container, Pod
	FDFolder         // Descriptors
	TaskFolder       // Switches
	OwnerName        // Owner: the user id in status, and the name that the host's users have for it

	// Files is how many there are.
	Files = iota
)

// String returns what the file is called below /proc/PID.
func (f File) String() string {
	for i, name := range [Files]string{"stat", "statm", "io", "status", "cmdline", "exe", "cgroup", "fd", "task", "owner"} {
		if f == 1<<i {
			return name
		}
	}
	return "several files"
}

// Has reports whether all files of o are among those of f.
func (f File) Has(o File) bool { return f&o == o }

// Process is a process as one scrape saw it. It belongs to the Reader, which
// changes it at the next scrape; the texts in it can be kept.
type Process struct {
	PID  int32
	Born int64 // ns since 1970, to the millisecond
	At   int64 // ns since 1970: when stat was read

	// Known has the files that could be read. What is in others is not known.
	Known File

	Stat        Stat // its name is gone, Name has it
	Memory      Memory
	IO          IO
	Pending     uint64 // signals pending for the whole process, a bit each
	Switches    Switches
	Descriptors int // open files
	Attributes

	// Before is the CPU time at the last visit, zero at the first one.
	Before CPU

	counted         Ticks  // by Unattributed
	scrape          uint64 // the latest that saw it
	stat, statm, io kept
}

// CPU is the CPU time that a process used until a moment, in ticks.
type CPU struct {
	At                 int64 // ns since 1970
	User, System, Wait uint64
}

// TicksPerSecond is the unit of CPU times: the kernel converts what it counts
// to it on every architecture that Go knows.
const TicksPerSecond = 100

// CPU returns the CPU time of this scrape.
func (p *Process) CPU() CPU {
	return CPU{At: p.At, User: p.Stat.User, System: p.Stat.System, Wait: p.Stat.Wait}
}

func (p *Process) ticks() Ticks { return Ticks{p.Stat.User, p.Stat.System} }

// Attributes seldom change while a process lives.
type Attributes struct {
	Name        string
	Command     string // first argument
	CommandLine string // all arguments, joined by spaces
	Path        string // of the executable; empty for kernel threads
	Owner       string // name of the user
	Cgroup      string // the whole file but for its last newline
	Container   string // identifier of the one it runs in; empty: none
	Pod         string // UID of the Kubernetes pod it runs in; empty: none

	read    File   // those of them that could be read
	refused bool   // by Settings.Match
	kernel  string // the name as stat has it
	program uint64 // Stat.program
	// From made to expires they are believed, in ns since 1970: not before
	// either if the clock is set back.
	made, expires int64
}

// valid reports whether the attributes are still those of the process whose
// stat this is.
func (a *Attributes) valid(s *Stat, now int64) bool {
	return a.made <= now && now < a.expires && a.program == s.program && a.kernel == string(s.Name)
}
