package host

import "golang.org/x/sys/unix"

// userProcesses is RLIMIT_NPROC; 0: none.
func userProcesses() int64 {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &l); err != nil || l.Cur > 1<<62 {
		return 0
	}
	return int64(l.Cur)
}
