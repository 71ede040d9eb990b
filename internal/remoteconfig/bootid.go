package remoteconfig

import (
	"fmt"
	"os"
	"strings"
)

// BootID returns the id of the host's boot from its file, which on Linux is
// /proc/sys/kernel/random/boot_id.
func BootID(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the boot's id: %w; without it a restart of the host counts as a crash", err)
	}
	return bounded(strings.TrimSpace(string(b)), 64), nil
}
