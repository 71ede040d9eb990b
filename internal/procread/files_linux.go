package procread

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// files reads files below /proc. What it returns is in a buffer that the next
// call overwrites. It is the one part of the package that is unsafe: package
// unix allocates for every path.
type files struct {
	proc int // descriptor of /proc
	most int // how many files may be kept open
	room int // how many more
	// giveBack closes those that are kept; the Reader knows them.
	giveBack func()
	path     []byte // of the file being read, from /proc, ends with 0
	text     []byte // what was read
	list     []byte // directory entries
}

const (
	textSize = 16 << 10 // holds all that the kernel writes of a process with few arguments
	listSize = 64 << 10
)

// openFiles opens /proc, or a directory that was recorded of one: there no file
// is kept, since others may take its place.
func openFiles(path string, room int) (*files, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil || int64(fs.Type) != unix.PROC_SUPER_MAGIC {
		room = 0
	}
	most := min(room, roomy())
	return &files{proc: fd, most: most, room: most, text: make([]byte, textSize), list: make([]byte, listSize)}, nil
}

// roomy is how many files may be kept open at most: half of what the program
// may have.
func roomy() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur/2, math.MaxInt32))
}

func (f *files) close() error { return unix.Close(f.proc) }

// of sets the path to a file of a process: /proc/PID/name.
func (f *files) of(pid int32, name string) {
	f.path = strconv.AppendInt(f.path[:0], int64(pid), 10)
	f.path = append(append(append(f.path, '/'), name...), 0)
}

// thread sets the path to a file of a thread: /proc/PID/task/TID/name.
func (f *files) thread(pid, tid int32, name string) {
	f.path = append(strconv.AppendInt(f.path[:0], int64(pid), 10), "/task/"...)
	f.path = strconv.AppendInt(f.path, int64(tid), 10)
	f.path = append(append(append(f.path, '/'), name...), 0)
}

// read returns what is in a process's file.
func (f *files) read(pid int32, name string) ([]byte, error) {
	f.of(pid, name)
	return f.readPath()
}

// readHost returns what is in a file of /proc that is no process's.
func (f *files) readHost(name string) ([]byte, error) {
	f.path = append(append(f.path[:0], name...), 0)
	return f.readPath()
}

// readThread returns what is in a thread's file.
func (f *files) readThread(pid, tid int32, name string) ([]byte, error) {
	f.thread(pid, tid, name)
	return f.readPath()
}

func (f *files) readPath() ([]byte, error) {
	fd, err := f.open(unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return f.readAll(fd)
}

// readKept returns what is in a process's file, and keeps it open if there is
// room.
func (f *files) readKept(k *kept, pid int32, name string) ([]byte, error) {
	if *k != closed {
		return f.readAll(k.fd())
	}
	if f.room <= 0 {
		return f.read(pid, name)
	}
	f.of(pid, name)
	fd, err := f.open(unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	*k = keep(fd)
	f.room--
	return f.readAll(fd)
}

// halve allows half as many kept files as there were; none are kept now.
func (f *files) halve(were int) { f.most, f.room = were/2, were/2 }

// let closes a file that was kept.
func (f *files) let(k *kept) {
	if *k != closed {
		unix.Close(k.fd())
		*k = closed
		f.room++
	}
}

// readAll reads from the beginning and on while the buffer is full, since the
// kernel hands out a file of /proc in one piece if there is room.
func (f *files) readAll(fd int) ([]byte, error) {
	for n := 0; ; {
		got, err := again(func() (int, error) { return unix.Pread(fd, f.text[n:], int64(n)) })
		if err != nil {
			return nil, err
		}
		if n += got; n < len(f.text) {
			return f.text[:n], nil
		}
		f.text = append(f.text, make([]byte, len(f.text))...)
	}
}

// again makes a system call until no signal interrupts it.
func again(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// open opens the file at the path. If the program has no descriptor left, those
// that are kept are given back first.
func (f *files) open(flags int) (int, error) {
	fd, err := f.tryOpen(flags)
	if errors.Is(err, unix.EMFILE) && f.room < f.most {
		f.giveBack()
		fd, err = f.tryOpen(flags)
	}
	return fd, err
}

func (f *files) tryOpen(flags int) (int, error) {
	return again(func() (int, error) {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(f.proc), uintptr(unsafe.Pointer(&f.path[0])), uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
		if errno != 0 {
			return 0, errno
		}
		return int(fd), nil
	})
}

// link returns the target of a link of a process.
func (f *files) link(pid int32, name string) ([]byte, error) {
	f.of(pid, name)
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(f.proc), uintptr(unsafe.Pointer(&f.path[0])), uintptr(unsafe.Pointer(&f.text[0])), uintptr(len(f.text)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return f.text[:n], nil
}

// exists reports whether there is a process.
func (f *files) exists(pid int32) bool {
	var s unix.Stat_t
	return unix.Fstatat(f.proc, strconv.Itoa(int(pid)), &s, 0) == nil
}

// pids appends the PIDs of all processes to a list.
func (f *files) pids(list []int32) ([]int32, error) {
	if _, err := unix.Seek(f.proc, 0, unix.SEEK_SET); err != nil {
		return list, err
	}
	return f.numbers(f.proc, list)
}

// folder appends the numbered entries of a process's folder to a list: its
// threads, or its open files.
func (f *files) folder(pid int32, name string, list []int32) ([]int32, error) {
	f.of(pid, name)
	fd, err := f.open(unix.O_RDONLY | unix.O_DIRECTORY)
	if err != nil {
		return list, err
	}
	defer unix.Close(fd)
	return f.numbers(fd, list)
}

// numbers appends the names in a directory that are numbers to a list.
func (f *files) numbers(fd int, list []int32) ([]int32, error) {
	for {
		n, err := unix.Getdents(fd, f.list)
		if err != nil || n == 0 {
			return list, err
		}
		for rest := f.list[:n]; len(rest) > 0; {
			const length, name = 16, 19 // where they are in a linux_dirent64
			size := binary.NativeEndian.Uint16(rest[length:])
			if number, ok := whole(untilZero(rest[name:size])); ok {
				list = append(list, number)
			}
			rest = rest[size:]
		}
	}
}

// whole returns the number that a name is.
func whole(name []byte) (int32, bool) {
	n, rest, ok := number(name)
	return int32(n), ok && len(rest) == 0 && n <= math.MaxInt32
}

func untilZero(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}
