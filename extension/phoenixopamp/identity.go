package phoenixopamp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/renameio/v2"
	"github.com/google/uuid"
)

// identity is the agent's own id, which a server knows it by. It is kept in the
// state directory. It is safe for concurrent use.
type identity struct {
	file string
	mu   sync.Mutex
	uid  uuid.UUID
	// damage says why the file's content was replaced; empty if it was not.
	damage string
}

// readIdentity reads the id of a state directory, and makes one if there is
// none or it cannot be read as one.
func readIdentity(directory string) (*identity, error) {
	id := &identity{file: filepath.Join(directory, "instance_uid")}
	text, err := os.ReadFile(id.file)
	if err == nil {
		if id.uid, err = uuid.Parse(strings.TrimSpace(string(text))); err == nil && id.uid != uuid.Nil {
			return id, nil
		}
		id.damage = fmt.Sprintf("%s held no id but %d other bytes", id.file, len(text))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the agent's id: %w; make it readable to the collector's user", err)
	}
	if id.uid, err = uuid.NewV7(); err != nil {
		return nil, fmt.Errorf("make an id for the agent: %w", err)
	}
	return id, id.save()
}

// current returns the id.
func (id *identity) current() uuid.UUID {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.uid
}

// assign takes the id that the server gives, and says whether it is another.
func (id *identity) assign(uid uuid.UUID) (changed bool, err error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	if id.uid == uid {
		return false, nil
	}
	id.uid = uid
	return true, id.save()
}

func (id *identity) save() error {
	if err := renameio.WriteFile(id.file, []byte(id.uid.String()+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the agent's id: %w; make the state directory writable to the collector's user", err)
	}
	return nil
}
