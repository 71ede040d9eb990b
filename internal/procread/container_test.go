package procread

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	anID      = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d"
	innerID   = "4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970"
	aUID      = "6c1d3a5e-2b4f-4c7d-9e8a-0f1e2d3c4b5a"
	hashUID   = "b9f2bd2a7d6e1c0f5a4e3d2c1b0a9f8e"
	systemUID = "6c1d3a5e_2b4f_4c7d_9e8a_0f1e2d3c4b5a" // as systemd has it
)

// containerCases are cgroup files as the runtimes make them.
var containerCases = []struct{ about, cgroup, id, pod string }{
	{"no container", "0::/system.slice/nginx.service", "", ""},
	{"the root", "0::/", "", ""},
	{"an empty file", "", "", ""},
	{"a session of a user", "0::/user.slice/user-1000.slice/session-2.scope", "", ""},
	{"Docker, cgroupfs, v1", "12:pids:/docker/" + anID + "\n1:name=systemd:/docker/" + anID, anID, ""},
	{"Docker, cgroupfs, v2", "0::/docker/" + anID, anID, ""},
	{"Docker, systemd", "0::/system.slice/docker-" + anID + ".scope", anID, ""},
	{"Docker without root", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + anID + ".scope", anID, ""},
	{"systemd in a Docker container", "0::/docker/" + anID + "/init.scope", anID, ""},
	{"v1 where only systemd's line is of the container", "3:cpu,cpuacct:/\n1:name=systemd:/docker/" + anID + "\n0::/", anID, ""},
	{"containerd, cgroupfs", "0::/kubepods/burstable/pod" + aUID + "/" + anID, anID, aUID},
	{"containerd, cgroupfs, guaranteed", "9:memory:/kubepods/pod" + aUID + "/" + anID, anID, aUID},
	{"containerd, systemd", "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + systemUID + ".slice/cri-containerd-" + anID + ".scope", anID, aUID},
	{"containerd, systemd, guaranteed", "0::/kubepods.slice/kubepods-pod" + systemUID + ".slice/cri-containerd-" + anID + ".scope", anID, aUID},
	{"containerd that was not told of systemd", "2:memory:/system.slice/containerd.service/kubepods-burstable-pod" + systemUID + ".slice:cri-containerd:" + anID, anID, aUID},
	{"a pod from a file", "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + hashUID + ".slice/cri-containerd-" + anID + ".scope", anID, hashUID},
	{"dockershim", "11:cpuset:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + systemUID + ".slice/docker-" + anID + ".scope", anID, aUID},
	{"CRI-O, systemd", "0::/kubepods.slice/kubepods-pod" + systemUID + ".slice/crio-" + anID + ".scope/container", anID, aUID},
	{"CRI-O, cgroupfs", "0::/kubepods/besteffort/pod" + aUID + "/crio-" + anID, anID, aUID},
	{"the monitor of CRI-O", "0::/kubepods.slice/kubepods-pod" + systemUID + ".slice/crio-conmon-" + anID + ".scope", "", aUID},
	{"Podman, systemd", "0::/machine.slice/libpod-" + anID + ".scope/container", anID, ""},
	{"Podman, cgroupfs", "0::/libpod_parent/libpod-" + anID, anID, ""},
	{"the monitor of Podman", "0::/machine.slice/libpod-conmon-" + anID + ".scope", "", ""},
	{"a pod of Podman is none of Kubernetes", "0::/machine.slice/machine-libpod_pod_" + innerID + ".slice/libpod-" + anID + ".scope", anID, ""},
	{"kind: a pod in a container", "0::/docker/" + anID + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + systemUID + ".slice/cri-containerd-" + innerID + ".scope", innerID, aUID},
	{"Docker in a pod", "0::/kubepods/pod" + aUID + "/" + anID + "/docker/" + innerID, innerID, aUID},
	{"from another control group namespace", "0::/../../kubepods/pod" + aUID + "/" + anID, anID, aUID},
	{"a group that was removed", "0::/docker/" + anID + " (deleted)", anID, ""},
	{"Amazon ECS", "5:cpu:/ecs/" + hashUID + "/" + anID, anID, ""},
	{"Amazon ECS on Fargate", "5:cpu:/ecs/" + hashUID + "/" + hashUID + "-2677561337", hashUID + "-2677561337", ""},
	{"a pod's own group", "0::/kubepods/pod" + aUID, "", aUID},
	{"what is named like a pod", "0::/podium/pod-1/podman.slice/app-pod" + systemUID + ".slice", "", ""},
	{"too few digits", "0::/docker/" + anID[1:], "", ""},
	{"too many digits", "0::/docker/a" + anID, "", ""},
	{"other letters", "0::/docker/" + strings.ToUpper(anID), "", ""},
}

func TestContainers(t *testing.T) {
	for _, c := range containerCases {
		id, pod := container(c.cgroup)
		require.Equal(t, [2]string{c.id, c.pod}, [2]string{id, pod}, c.about)
	}
}

// What is found is in the file, and has the form that it must have.
func FuzzContainer(f *testing.F) {
	for _, c := range containerCases {
		f.Add(c.cgroup)
	}
	f.Fuzz(func(t *testing.T, cgroup string) {
		id, pod := container(cgroup)
		require.Contains(t, cgroup, id)
		require.Contains(t, strings.ReplaceAll(cgroup, "_", "-"), pod)
		if id != "" && !isHex(id, 64) {
			require.Regexp(t, `^[0-9a-f]{32}-[0-9]+$`, id)
		}
		if pod != "" && !isHex(pod, 32) {
			require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, pod)
		}
	})
}
