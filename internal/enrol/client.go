package enrol

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// path is where the control plane enrols agents.
	path = "/api/v1/agents/enroll"
	// longestAnswer is how many bytes an answer may have.
	longestAnswer = 256 << 10
	// answerTime is how long an answer may take.
	answerTime = 30 * time.Second
)

// Request says who wants to enrol, and by whose leave.
type Request struct {
	// Token is the enrolment token.
	Token string `json:"token"`
	// InstanceUID is the agent's own id. Asked again with the same, a server
	// knows that it is the same agent.
	InstanceUID string `json:"instance_uid"`
	// Host is the name of the agent's host.
	Host string `json:"host"`
}

// Grant is what a server gives an agent.
type Grant struct {
	// Token is the agent's own from now on.
	Token string `json:"token"`
	// CA is the certificate of who signs the server's, as PEM. Empty: those
	// that the system trusts.
	CA string `json:"ca,omitempty"`
}

// RefusedError is returned when the server says no: asking again is of no use
// before somebody has changed something.
type RefusedError struct {
	Status string // such as 403 Forbidden
	Detail string // what the server says about it; may be empty
}

func (e *RefusedError) Error() string {
	text := "the server refuses to enrol this agent: it answered " + e.Status
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text + "; put a valid token into enrolment_token_file, or the right server's URL into endpoint"
}

// Endpoint returns where to enrol with an OpAMP server: the same host, by https
// unless the server's URL is one without encryption.
func Endpoint(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return "", errors.New("endpoint: is not a URL; write it like wss://phoenix.example.com/v1/opamp") // which may hold a secret
	}
	scheme := "https"
	if u.Scheme == "ws" || u.Scheme == "http" {
		scheme = "http"
	}
	return (&url.URL{Scheme: scheme, Host: u.Host, Path: path}).String(), nil
}

// Client asks a server.
type Client struct {
	// HTTP has the TLS settings. It must follow no redirects: the token goes
	// only where it was sent.
	HTTP *http.Client
	// Endpoint is that of [Endpoint].
	Endpoint string
}

// Ask asks for a grant. The error is a [RefusedError], or one that may pass. It
// holds no token.
func (c Client) Ask(ctx context.Context, r Request) (Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	body, err := json.Marshal(r)
	if err != nil {
		return Grant{}, fmt.Errorf("write the request to enrol: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint, bytes.NewReader(body))
	if err != nil {
		return Grant{}, fmt.Errorf("ask %s to enrol: %w", c.Endpoint, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, application/problem+json")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Grant{}, fmt.Errorf("ask to enrol: %w", err)
	}
	defer response.Body.Close()
	return read(response)
}

func read(r *http.Response) (Grant, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, longestAnswer+1))
	switch {
	case err != nil:
		return Grant{}, fmt.Errorf("read the answer to enrol: %w", err)
	case isNo(r.StatusCode):
		return Grant{}, &RefusedError{Status: r.Status, Detail: detail(body)}
	case r.StatusCode != http.StatusOK && r.StatusCode != http.StatusCreated:
		return Grant{}, fmt.Errorf("the server answered %s when asked to enrol", r.Status)
	case len(body) > longestAnswer:
		return Grant{}, fmt.Errorf("the answer to enrol has more than %d bytes", longestAnswer)
	}
	var g Grant
	if err := json.Unmarshal(body, &g); err != nil {
		return Grant{}, errors.New("the answer to enrol is no JSON with a token; is this a Phoenix control plane?")
	}
	return g, g.check()
}

// isNo says whether a status is about the request itself. Of the rest, what is
// too early or too often passes.
func isNo(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	default:
		return status >= 400 && status < 500
	}
}

// detail is what a problem of the server's says, in short.
func detail(body []byte) string {
	var problem struct{ Title, Detail string }
	if json.Unmarshal(body, &problem) != nil {
		return ""
	}
	text := problem.Detail
	if text == "" {
		text = problem.Title
	}
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
