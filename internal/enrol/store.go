package enrol

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// longestToken is how many bytes a token may have.
const longestToken = 4096

// check says what is wrong with a grant.
func (g Grant) check() error {
	if g.Token == "" || len(g.Token) > longestToken || strings.ContainsFunc(g.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("the server granted no token of 1 to %d visible characters", longestToken)
	}
	if g.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(g.CA)) {
		return errors.New("the server granted a CA that is no certificate as PEM")
	}
	return nil
}

// Store keeps a grant in a state directory, readable to the agent alone.
type Store struct{ Directory string }

// TokenFile is the path of the agent's own token.
func (s Store) TokenFile() string { return filepath.Join(s.Directory, "token") }

// CAFile is the path of the certificate that came with the token; there may be
// none.
func (s Store) CAFile() string { return filepath.Join(s.Directory, "ca.pem") }

// Enrolled says whether there is a token. The error says that nobody can tell.
func (s Store) Enrolled() (bool, error) { return exists(s.TokenFile()) }

// HasCA says whether a certificate came with the token.
func (s Store) HasCA() (bool, error) { return exists(s.CAFile()) }

func exists(file string) (bool, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for what the enrolment left: %w; make the state directory readable to the collector's user", err)
	}
	return info.Size() > 0, nil
}

// Enrol asks for a grant and returns what keeps it, which may be called again
// until it succeeds: a grant is worth more than one attempt to write it. Where
// it goes is tried before anything is asked for.
func (c Client) Enrol(ctx context.Context, s Store, r Request) (keep func() error, err error) {
	if err := s.prepare(); err != nil {
		return nil, err
	}
	g, err := c.Ask(ctx, r)
	if err != nil {
		return nil, err
	}
	return func() error { return s.keep(g) }, nil
}

// prepare tries to write as much as a grant may have.
func (s Store) prepare() error {
	trial := filepath.Join(s.Directory, "enrolment.trial")
	defer os.Remove(trial)
	return write(trial, make([]byte, longestToken))
}

// keep writes the token last: with it the agent is enrolled.
func (s Store) keep(g Grant) error {
	if g.CA != "" {
		if err := write(s.CAFile(), []byte(g.CA)); err != nil {
			return err
		}
	}
	return write(s.TokenFile(), []byte(g.Token+"\n"))
}

func write(file string, content []byte) error {
	if err := renameio.WriteFile(file, content, 0o600); err != nil {
		return fmt.Errorf("keep what the enrolment gives: %w; make room, and the state directory writable to the collector's user", err)
	}
	return syncDirectory(filepath.Dir(file))
}

// syncDirectory makes a new name in a directory durable.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("make what the enrolment gives durable: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("make what the enrolment gives durable: %w", err)
	}
	return nil
}
