package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// TestAFullDisk fills a small disk, which only a child in a mount namespace of
// its own sees.
func TestAFullDisk(t *testing.T) {
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childJob+"=fill", childFile+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
}

// fillDisk mounts a disk of 4 MiB and writes until it is full: writing must fail
// with a name, reading go on, and writing as well once there is room, all with
// the same store.
func fillDisk(ctx context.Context, dir string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to this process: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		return fmt.Errorf("mount a small disk: %w", err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		return err
	}
	s, err := Open(ctx, filepath.Join(dir, "phoenix.db"))
	if err != nil {
		return err
	}
	service, err := service(s)
	if err != nil {
		return err
	}
	kept, err := fill(ctx, service)
	if err != nil {
		return err
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	return errors.Join(recovers(ctx, service, kept), s.Check(ctx), s.Close())
}

// fill writes versions until there is no room, and reads then.
func fill(ctx context.Context, s *controlplane.Service) (kept int, err error) {
	for number := 1; ; number++ {
		d, err := write(ctx, s, number)
		if err == nil {
			kept = d.Status.Version
			continue
		}
		if code := controlplane.CodeOf(err); code != controlplane.CodeStorageFull {
			return kept, fmt.Errorf("writing to a full disk has code %q: %w", code, err)
		}
		for range 20 { // each of the readers, and more than once
			if _, _, err := s.Version(ctx, admin, "web", kept); err != nil {
				return kept, fmt.Errorf("read from a full disk: %w", err)
			}
		}
		return kept, nil
	}
}

func write(ctx context.Context, s *controlplane.Service, number int) (controlplane.PipelineDeployment, error) {
	draft := controlplane.Draft{Name: "web", Spec: controlplane.DeploymentSpec{
		Selector: controlplane.Selector{All: true}, Pipeline: controlplane.Pipeline{Inline: fmt.Sprint("# ", number, strings.Repeat(" x", 20_000))},
	}}
	if number == 1 {
		return s.CreateDeployment(ctx, admin, draft)
	}
	return s.UpdateDeployment(ctx, admin, draft, "")
}

// recovers writes again, and looks that nothing of what failed was kept.
func recovers(ctx context.Context, s *controlplane.Service, kept int) error {
	d, err := write(ctx, s, kept+1)
	if err != nil {
		return fmt.Errorf("write when there is room again: %w", err)
	}
	if d.Status.Version != kept+1 || kept < 2 {
		return fmt.Errorf("%d versions were kept, and the next is %d", kept, d.Status.Version)
	}
	_, err = s.VerifyAudit(ctx, controlplane.AuditHead{})
	return err
}
