package loadsim

import "path"

// maxComm is TASK_COMM_LEN of Linux without its closing zero.
const maxComm = 15

// Comm is the name that the kernel shows for a process with this executable:
// the last element, cut to 15 bytes.
func Comm(executable string) string {
	name := path.Base(executable)
	return name[:min(len(name), maxComm)]
}
