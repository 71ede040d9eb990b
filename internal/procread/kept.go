package procread

// kept is a file of a process that stays open from scrape to scrape, which
// saves two of three system calls and most of their time. Reading it again has
// the kernel write it anew. Of a process that has ended it fails, even if its
// PID was given to another one. Its zero value is no file.
type kept int32

// closed is no file.
const closed kept = 0

// keep returns the kept file with this descriptor.
func keep(fd int) kept { return kept(fd + 1) }

func (k kept) fd() int { return int(k) - 1 }
