package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// thisUser is who runs this program, with RLIMIT_NPROC. The kernel exempts root.
func thisUser() user {
	u := user{id: os.Getuid()}
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &l); err == nil && u.id != 0 && l.Cur <= 1<<62 {
		u.limit = int64(l.Cur)
	}
	return u
}
