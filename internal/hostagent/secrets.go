package hostagent

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// maxSecret bounds the file of a secret.
const maxSecret = 64 << 10

// missingError is returned for a reference that nothing stands behind.
type missingError struct{ error }

// lookup returns what a reference stands for: the end of a file's last line is
// not a part of it.
func lookup(r agentfile.Reference) (string, error) {
	if r.Scheme == "env" {
		if value, set := os.LookupEnv(r.Name); set {
			return value, nil
		}
		return "", missingError{fmt.Errorf("%s is not set in the collector's environment", r.Name)}
	}
	content, err := readSome(r.Name, maxSecret)
	if err != nil {
		return "", missingError{err}
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

// causeOf says why a configuration could not be put together or validated. A
// secret that is not there is the host's lack.
func causeOf(err error, otherwise remoteconfig.Code) remoteconfig.Cause {
	if missing := (missingError{}); errors.As(err, &missing) {
		return remoteconfig.Cause{Code: remoteconfig.Unresolved, Detail: err.Error()}
	}
	return remoteconfig.CauseOf(err, otherwise)
}
