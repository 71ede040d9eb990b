package procread

import "strings"

// container finds in a cgroup file which container a process runs in, and which
// Kubernetes pod. Either is empty if the control groups are of none. Of
// containers in containers it is the innermost.
//
// A container's identifier is 64 hexadecimal digits; Docker, containerd, CRI-O
// and Podman all have such. It is the name of a control group, behind what the
// runtime puts before it and without what systemd puts behind:
//
//	/docker/ID                                         Docker
//	/system.slice/docker-ID.scope                      Docker, by systemd
//	/kubepods/burstable/podUID/ID                      containerd
//	/kubepods.slice/kubepods-podUID.slice/crio-ID.scope  CRI-O, by systemd
//	/machine.slice/libpod-ID.scope/container           Podman, by systemd
//	/ecs/TASK/TASK-NUMBER                              Amazon ECS, 32 digits and a number
func container(cgroup string) (id, pod string) {
	for line := range strings.Lines(cgroup) {
		lineID, linePod := containerOf(path(line))
		if lineID != "" {
			return lineID, linePod
		}
		if pod == "" {
			pod = linePod
		}
	}
	return "", pod
}

// path returns the path in a line of a cgroup file: number, controllers, path.
func path(line string) string {
	fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
	return strings.TrimSuffix(fields[len(fields)-1], " (deleted)")
}

// containerOf finds them in one path. Where containerd is not told that systemd
// makes the groups, the parts of a name have colons between them.
func containerOf(path string) (id, pod string) {
	for group := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == ':' }) {
		if found := podUID(group); found != "" {
			pod = found
		} else if found := containerID(group); found != "" {
			id = found
		}
	}
	return id, pod
}

// containerID returns the container that a control group is of. The monitor
// that CRI-O and Podman run beside a container is none.
func containerID(group string) string {
	const digits, taskDigits = 64, 32
	group = strings.TrimSuffix(group, ".scope")
	if task, number, ok := strings.Cut(group, "-"); ok && isHex(task, taskDigits) && isDecimal(number) {
		return group
	}
	at := strings.LastIndexByte(group, '-') + 1
	if !isHex(group[at:], digits) || strings.HasSuffix(group[:at], "conmon-") {
		return ""
	}
	return group[at:]
}

// podUID returns the pod that a control group is of, which the kubelet calls
// podUID, or kubepods-burstable-podUID.slice for systemd, with _ for -. The UID
// is a UUID; that of a pod that the kubelet has from a file is a hash without
// dashes.
func podUID(group string) string {
	const hashDigits = 32
	uid, found := strings.CutPrefix(group, "pod")
	if !found {
		slice, isSlice := strings.CutSuffix(group, ".slice")
		at := strings.LastIndex(slice, "-pod")
		if !isSlice || at < 0 || !strings.Contains(slice[:at], "kubepods") {
			return ""
		}
		uid = strings.ReplaceAll(slice[at+len("-pod"):], "_", "-")
	}
	if isUUID(uid) || isHex(uid, hashDigits) {
		return uid
	}
	return ""
}

func isUUID(s string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(s) != len(form) {
		return false
	}
	for i := range len(s) {
		if _, digit := hexDigit(s[i]); digit != (form[i] == 'x') || !digit && s[i] != '-' {
			return false
		}
	}
	return true
}

// isHex reports whether a text is so many hexadecimal digits.
func isHex(s string, digits int) bool {
	for i := range len(s) {
		if _, ok := hexDigit(s[i]); !ok {
			return false
		}
	}
	return len(s) == digits
}

func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
