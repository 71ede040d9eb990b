package hostagent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/childvalidate"
	"github.com/phoenix-platform/phoenix/internal/dataflow"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// agents are those of this process.
var agents struct {
	mu     sync.Mutex
	byPath map[string]*Agent
}

// Of returns the agent of an agent file, which it opens when it is first asked
// for. The error says everything that is wrong with the file, or that another
// collector has its state directory.
func Of(path string, o Options) (*Agent, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the agent file: %w", err)
	}
	agents.mu.Lock()
	defer agents.mu.Unlock()
	if a := agents.byPath[path]; a != nil {
		return a, nil
	}
	a, err := open(path, o)
	if err != nil {
		return nil, err
	}
	if agents.byPath == nil {
		agents.byPath = map[string]*Agent{}
	}
	agents.byPath[path] = a
	return a, nil
}

// Running returns the agent that remembers in a state directory; nil unless a
// collector of this process has its configuration from it.
func Running(stateDirectory string) *Agent {
	agents.mu.Lock()
	defer agents.mu.Unlock()
	for _, a := range agents.byPath {
		if a.directory() == filepath.Clean(stateDirectory) {
			return a
		}
	}
	return nil
}

// forget lets the next Of open the file anew.
func forget(a *Agent) {
	agents.mu.Lock()
	defer agents.mu.Unlock()
	if agents.byPath[a.path] == a {
		delete(agents.byPath, a.path)
	}
}

// under is what this process judges under.
func under(file *agentfile.File) (remoteconfig.Under, error) {
	program, err := os.Executable()
	if err != nil {
		return remoteconfig.Under{}, fmt.Errorf("find this program: %w", err)
	}
	f, err := os.Open(program)
	if err != nil {
		return remoteconfig.Under{}, fmt.Errorf("read this program, by which what is blocked is known: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return remoteconfig.Under{}, fmt.Errorf("read this program, by which what is blocked is known: %w", err)
	}
	return remoteconfig.Under{Binary: hex.EncodeToString(sum.Sum(nil)), AgentFile: file.Fingerprint()}, nil
}

func (o Options) logger() *zap.Logger {
	if o.Logger != nil {
		return o.Logger
	}
	return zap.NewNop()
}

func (o Options) listen() (Meter, error) {
	if o.Listen != nil {
		return o.Listen()
	}
	return dataflow.Listen()
}

func (o Options) exit(code int) {
	if o.Exit != nil {
		o.Exit(code)
		return
	}
	os.Exit(code)
}

func (o Options) validator() func(ctx context.Context, config map[string]any, env []string) error {
	if o.Validate != nil {
		return o.Validate
	}
	return childvalidate.Validator{}.Validate
}
