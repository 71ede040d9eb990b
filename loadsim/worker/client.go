package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// longPoll is for how long the server may hold a question for work.
	longPoll = 30 * time.Second
	// patience is how much longer anything may take.
	patience = 15 * time.Second
	// mostAnswer bounds an answer, in bytes: a custom profile is the most of it.
	mostAnswer = 2 << 20
)

// errGone is returned when a server no longer knows an assignment.
var errGone = errors.New("the server no longer knows this assignment")

// client speaks the protocol.
type client struct {
	base  string
	token string
	host  string
	http  *http.Client
}

// newClient checks the address: a token goes over TLS, or stays on the host.
func newClient(s Settings) (*client, error) {
	u, err := url.Parse(s.Server)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("server: %q is no address; give one such as https://phoenix.example:8443", s.Server)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("server: %s is not encrypted and not on this host; use https", s.Server)
	}
	c := &client{base: strings.TrimSuffix(s.Server, "/"), token: s.Token, host: s.Host, http: s.Client}
	if c.http == nil {
		c.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return c, nil
}

func loopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || (ip != nil && ip.IsLoopback())
}

// assignment asks for work; nil is none.
func (c *client) assignment(ctx context.Context) (*Assignment, error) {
	query := url.Values{"host": {c.host}, "wait": {strconv.Itoa(int(longPoll.Seconds()))}}
	a := &Assignment{}
	code, err := c.do(ctx, longPoll+patience, http.MethodGet, AssignmentPath+"?"+query.Encode(), nil, a)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask for work: %w", err)
	case code == http.StatusNoContent:
		return nil, nil
	case a.ID == "":
		return nil, errors.New("ask for work: the server sent an assignment without id")
	}
	return a, nil
}

// tell posts a status; stop is the server's wish.
func (c *client) tell(ctx context.Context, id string, s Status) (stop bool, err error) {
	var answer Answer
	s.Host, s.At = c.host, time.Now()
	code, err := c.do(ctx, patience, http.MethodPost, StatusPath(id), s, &answer)
	if code == http.StatusNotFound || code == http.StatusGone {
		return true, errGone
	}
	if err != nil {
		return false, fmt.Errorf("tell how assignment %s goes: %w", id, err)
	}
	return answer.Stop, nil
}

// do makes a request and reads the answer; an answer other than 2xx is an error.
func (c *client) do(ctx context.Context, limit time.Duration, method, path string, body, answer any) (code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	switch {
	case err != nil:
		return resp.StatusCode, err
	case resp.StatusCode/100 != 2:
		return resp.StatusCode, fmt.Errorf("%s answered %s: %.200q", c.base, resp.Status, said)
	case resp.StatusCode == http.StatusNoContent:
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(said, answer); err != nil {
		return resp.StatusCode, fmt.Errorf("%s answered what is no JSON of this protocol: %w", c.base, err)
	}
	return resp.StatusCode, nil
}
