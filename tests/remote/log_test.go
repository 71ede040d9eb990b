//go:build linux

package remote

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

func free(t *testing.T) string { return built.FreeAddress(t) }

// logged is how much was said until now.
func (h *host) logged() int64 {
	info, err := os.Stat(h.log)
	require.NoError(h.t, err)
	return info.Size()
}

// down is the longest time without a service since so much was said: from when
// one began to go down, or its process ended, until everything of one had
// started. Up says that one is up now.
func (h *host) down(since int64) (longest time.Duration, up bool) {
	text, err := os.ReadFile(h.log)
	require.NoError(h.t, err)
	var went time.Time
	for line := range bytes.Lines(text[since:]) {
		at, ok := timeOf(string(line))
		switch {
		case !ok:
		case went.IsZero() && strings.Contains(string(line), "Starting shutdown"):
			went = at
		case !went.IsZero() && strings.Contains(string(line), "Everything is ready"):
			longest = max(longest, at.Sub(went))
			went = time.Time{}
		}
	}
	return longest, went.IsZero()
}

func timeOf(line string) (time.Time, bool) {
	text, _, _ := strings.Cut(line, "\t")
	at, err := time.Parse("2006-01-02T15:04:05.000Z0700", text)
	return at, err == nil
}
