package sqlstore

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

var kills = flag.Int("kills", 5, "how often TestKilledWhileWriting kills the writer")

// deploy makes the next version of a deployment, which it finds or makes.
func deploy(ctx context.Context, s *controlplane.Service) (string, error) {
	draft := controlplane.Draft{Name: "web", Reason: uuid.NewString(), Spec: controlplane.DeploymentSpec{
		Selector: controlplane.Selector{MatchLabels: map[string]string{"tier": "web"}},
		Pipeline: controlplane.Pipeline{Inline: "# " + uuid.NewString() + "\n"},
	}}
	d, err := s.UpdateDeployment(ctx, admin, draft, "")
	if controlplane.CodeOf(err) == controlplane.CodeNotFound {
		d, err = s.CreateDeployment(ctx, admin, draft)
	}
	return fmt.Sprintf("version %d %s", d.Status.Version, draft.Reason), err
}

// letIn enrols a new agent, which gets the deployment.
func letIn(ctx context.Context, s *controlplane.Service) (string, error) {
	t, err := s.CreateToken(ctx, admin, controlplane.TokenDraft{Purpose: controlplane.PurposeEnrolment, Subject: "web", Labels: map[string]string{"tier": "web"}})
	if err != nil {
		return "", err
	}
	name := uuid.NewString()
	_, err = s.Enrol(ctx, controlplane.Enrolment{Secret: t.Secret, InstanceUID: name, Host: "h"})
	return "agent " + name, err
}

func issue(ctx context.Context, s *controlplane.Service) (string, error) {
	t, err := s.CreateToken(ctx, admin, controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: "ben", Role: controlplane.RoleViewer})
	return "token " + t.Secret, err
}

func price(ctx context.Context, s *controlplane.Service) (string, error) {
	prices := controlplane.Prices{Currency: "EUR", PerGB: float64(rand.IntN(1000))}
	b, err := s.SetPriceBook(ctx, admin, prices, "")
	return fmt.Sprintf("prices %d", b.Metadata.Generation), err
}

// TestKilledWhileWriting kills a program while it writes, again and again on
// one database: what it had acknowledged must be there, and all must be whole.
func TestKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phoenix.db")
	var acknowledged []string
	for range *kills {
		lines := runAndKill(t, path, rand.IntN(40))
		acknowledged = append(acknowledged, lines...)
		verify(t, path, lines)
	}
	verify(t, path, acknowledged)
	require.NotEmpty(t, acknowledged)
	t.Logf("%d kills, %d acknowledged changes, all there", *kills, len(acknowledged))
}

// runAndKill returns what the writer acknowledged until it was killed, some
// while after a number of changes.
func runAndKill(t *testing.T, path string, changes int) (lines []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childJob+"=write", childFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	in := bufio.NewReader(out)
	for {
		if len(lines) == changes {
			time.Sleep(rand.N(3 * time.Millisecond)) // any moment of a change
			require.NoError(t, child.Process.Kill())
		}
		line, err := in.ReadString('\n')
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	var killed *exec.ExitError
	require.ErrorAs(t, child.Wait(), &killed)
	require.Equal(t, -1, killed.ExitCode(), "it must not end by itself")
	return lines
}

func verify(t *testing.T, path string, acknowledged []string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Check(t.Context()))
	service, err := service(s)
	require.NoError(t, err)
	_, err = service.VerifyAudit(t.Context(), controlplane.AuditHead{})
	require.NoError(t, err)
	for _, line := range acknowledged {
		require.NoError(t, there(t.Context(), service, strings.Fields(line)), line)
	}
}

// there says what is missing of an acknowledged change.
func there(ctx context.Context, s *controlplane.Service, words []string) error {
	switch words[0] {
	case "version":
		var number int
		if _, err := fmt.Sscan(words[1], &number); err != nil {
			return err
		}
		v, _, err := s.Version(ctx, admin, "web", number)
		if err == nil && v.Reason != words[2] {
			err = errors.New("it is another version")
		}
		return err
	case "agent":
		_, err := s.WantedAt(ctx, admin, words[1], time.Now())
		return err
	case "token":
		_, err := s.Authenticate(ctx, words[1])
		return err
	}
	var generation int64
	if _, err := fmt.Sscan(words[1], &generation); err != nil {
		return err
	}
	b, err := s.PriceBook(ctx, admin)
	if err == nil && b.Metadata.Generation < generation {
		err = errors.New("the prices are older")
	}
	return err
}
