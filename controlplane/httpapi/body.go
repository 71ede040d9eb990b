package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/phoenix-platform/phoenix/controlplane"
)

const (
	// mostBody is how many bytes a body may have, if its route has no other limit.
	mostBody = 1 << 20
	// deepestBody is how many objects and lists may be inside each other.
	deepestBody = 64
	// longestKey is how many bytes an Idempotency-Key may have.
	longestKey = 128
)

// statusError is an error that has a status of its own.
type statusError struct {
	status int
	hint   string
	text   string
}

func (e *statusError) Error() string { return e.text }

func refusal(status int, hint, format string, args ...any) error {
	return &statusError{status: status, hint: hint, text: fmt.Sprintf(format, args...)}
}

// readBody reads the whole body, of up to so many bytes, checks its form, and
// makes the request's fingerprint of it.
func readBody(w http.ResponseWriter, r *http.Request, c *call, most int64) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return unread(err)
	}
	if len(body) > 0 {
		if err := checkBody(r.Header, body); err != nil {
			return err
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return identify(r, c, body)
}

func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refusal(http.StatusRequestEntityTooLarge, "", "the body has more than %d bytes", large.Limit)
	}
	return refusal(http.StatusBadRequest, "send it again", "the body ended early or came too slowly")
}

// checkBody refuses what is no plain JSON before anybody decodes it.
func checkBody(h http.Header, body []byte) error {
	if e := h.Get("Content-Encoding"); e != "" && e != "identity" {
		return refusal(http.StatusUnsupportedMediaType, "send it without an encoding", "the body is encoded as %.40q", e)
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refusal(http.StatusUnsupportedMediaType, "send JSON with Content-Type: application/json", "the body is of type %.80q", h.Get("Content-Type"))
	}
	if !utf8.Valid(body) {
		return refusal(http.StatusBadRequest, "", "the body is not valid UTF-8")
	}
	if depth(body) > deepestBody {
		return refusal(http.StatusBadRequest, "", "the body has more than %d objects and lists inside each other", deepestBody)
	}
	return nil
}

// depth is how many objects and lists of a JSON text are inside each other at
// most. It needs no valid text.
func depth(text []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// identify takes the Idempotency-Key of a change, with the fingerprint of all
// that must be the same when it comes again.
func identify(r *http.Request, c *call, body []byte) error {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Method == http.MethodGet {
		return nil
	}
	if len(key) > longestKey || !printable(key) {
		return &controlplane.Error{
			Code: controlplane.CodeInvalid, Message: fmt.Sprintf("Idempotency-Key: must have 1 to %d printable ASCII characters", longestKey),
			Hint: "take a new UUID for each request",
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n%s\n", r.Method, r.URL.RequestURI(), r.Header.Get("If-Match"))
	sum.Write(body)
	c.caller.Key, c.caller.Fingerprint = key, hex.EncodeToString(sum.Sum(nil))
	return nil
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// persist takes the time limits from a connection whose answer lasts. Whoever
// writes to it sets one for each write.
func persist(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // of no effect on a recorder in tests
	_ = c.SetWriteDeadline(time.Time{})
}
