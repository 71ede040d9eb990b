package sqlstore

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// childJob and childFile tell a copy of this program, started by a test, what to
// do to which database.
const (
	childJob  = "PHOENIX_SQLSTORE_CHILD"
	childFile = "PHOENIX_SQLSTORE_FILE"
)

func TestMain(m *testing.M) {
	jobs := map[string]func(context.Context, string) error{"write": writeForEver, "fill": fillDisk}
	job, isChild := jobs[os.Getenv(childJob)]
	if !isChild {
		goleak.VerifyTestMain(m)
		return
	}
	if err := job(context.Background(), os.Getenv(childFile)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// auditKey seals the audits of these tests.
var auditKey = bytes.Repeat([]byte{7}, controlplane.AuditKeySize)

var admin = controlplane.Caller{Subject: "ana", Role: controlplane.RoleAdmin}

func service(s *Store) (*controlplane.Service, error) {
	return controlplane.NewService(s, controlplane.Settings{AuditKey: auditKey})
}

// writeForEver changes the state in several ways at a time and prints each
// change once it is acknowledged, until it is killed.
func writeForEver(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	service, err := service(s)
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	for _, write := range []func(context.Context, *controlplane.Service) (string, error){deploy, letIn, issue, price} {
		group.Go(func() {
			for {
				done, err := write(ctx, service)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(done) // one write of a whole line
			}
		})
	}
	group.Wait()
	return nil
}
