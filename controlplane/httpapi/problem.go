package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Problem is an answer that is an error (RFC 9457).
type Problem struct {
	Type   string `json:"type" doc:"about:blank: the status says what kind of problem it is"`
	Title  string `json:"title" doc:"the status in words"`
	Status int    `json:"status" doc:"the HTTP status"`
	Detail string `json:"detail" doc:"what is wrong with this request"`
	Code   string `json:"code" doc:"what kind of problem it is, for programs"`
	Hint   string `json:"hint,omitempty" doc:"the next step"`
	// RequestID is in the server's log as well.
	RequestID string                `json:"requestID,omitempty" doc:"the number of the request, which is in the server's log and in the audit"`
	Errors    []controlplane.Detail `json:"errors,omitempty" doc:"the single problems of a request, all at once"`

	header http.Header
}

var _ huma.StatusError = (*Problem)(nil)

func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns what else the answer says in its head.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is that of problems.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// statuses are those of the codes that the service has.
var statuses = map[controlplane.Code]int{
	controlplane.CodeInvalid:         http.StatusUnprocessableEntity,
	controlplane.CodeUnauthenticated: http.StatusUnauthorized,
	controlplane.CodeForbidden:       http.StatusForbidden,
	controlplane.CodeNotFound:        http.StatusNotFound,
	controlplane.CodeExists:          http.StatusConflict,
	controlplane.CodeConflict:        http.StatusConflict,
	controlplane.CodeStale:           http.StatusPreconditionFailed,
	controlplane.CodeKeyReused:       http.StatusUnprocessableEntity,
	controlplane.CodeGone:            http.StatusGone,
	controlplane.CodeUnavailable:     http.StatusServiceUnavailable,
	controlplane.CodeStorageFull:     http.StatusInsufficientStorage,
}

// newProblem is that of a status. Its code is the status in words.
func newProblem(status int, detail string) *Problem {
	title := http.StatusText(status)
	if detail == "" {
		detail = title
	}
	return &Problem{
		Type: "about:blank", Title: title, Status: status, Detail: detail,
		Code: strings.ToLower(strings.ReplaceAll(title, " ", "_")), header: http.Header{},
	}
}

// problem makes what a user is told of an error. Of one that a user can do
// nothing about the log has the text.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	p := s.translate(ctx, err)
	if c := callOf(ctx); c != nil {
		p.RequestID = c.id
	}
	return p
}

func (s *Server) translate(ctx context.Context, err error) *Problem {
	var known *controlplane.Error
	var own *statusError
	var limited tooMany
	switch {
	case errors.As(err, &known):
		return ofService(known)
	case errors.As(err, &own):
		p := newProblem(own.status, own.text)
		p.Hint = own.hint
		return p
	case errors.As(err, &limited):
		p := newProblem(http.StatusTooManyRequests, limited.Error())
		p.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(limited.wait.Seconds()))))
		return p
	case ctx.Err() != nil:
		return newProblem(http.StatusServiceUnavailable, "the request was given up before it was done")
	}
	s.log.ErrorContext(ctx, "request failed", "request", callOf(ctx).id, "error", err)
	p := newProblem(http.StatusInternalServerError, "the request failed for a reason of the server's own")
	p.Code, p.Hint = "internal", "look for this request's ID in the server's log"
	return p
}

func ofService(e *controlplane.Error) *Problem {
	status, ok := statuses[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	p := newProblem(status, e.Message)
	p.Code, p.Hint, p.Errors = string(e.Code), e.Hint, e.Details
	switch status {
	case http.StatusUnauthorized:
		p.header.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		p.header.Set("Retry-After", "5")
	}
	return p
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	if c := callOf(r.Context()); c != nil {
		p.RequestID = c.id
	}
	for key, values := range p.header {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a caller that has gone needs no answer
}

// ofSchema is the problem of a request that the OpenAPI document does not
// allow. Huma asks for it.
func ofSchema(status int, message string, errs ...error) huma.StatusError {
	p := newProblem(status, message)
	if status >= http.StatusInternalServerError {
		return p
	}
	p.Code = string(controlplane.CodeInvalid)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if !errors.As(err, &d) {
			p.Errors = append(p.Errors, controlplane.Detail{Message: err.Error()})
			continue
		}
		detail := d.ErrorDetail()
		p.Errors = append(p.Errors, controlplane.Detail{Pointer: pointer(detail.Location), Message: detail.Message})
	}
	return p
}

// inRequest is ofSchema with the number of the request.
func inRequest(c huma.Context, status int, message string, errs ...error) huma.StatusError {
	err := ofSchema(status, message, errs...)
	if p, ok := err.(*Problem); ok {
		p.RequestID = callOf(c.Context()).id
	}
	return err
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// pointer makes a JSON Pointer of a place such as body.spec.critical[0].name;
// places outside of the body stay as they are, such as query.limit.
func pointer(location string) string {
	rest, inBody := strings.CutPrefix(location, "body")
	if !inBody {
		return location
	}
	return strings.ReplaceAll(index.ReplaceAllString(rest, ".$1"), ".", "/")
}

// wrong is a problem with one value of a request.
func wrong(pointer, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &controlplane.Error{
		Code: controlplane.CodeInvalid, Message: text, Details: []controlplane.Detail{{Pointer: pointer, Message: text}},
	}
}

// unavailable is the answer for what this server was started without.
func unavailable(what, hint string) error {
	return &controlplane.Error{Code: controlplane.CodeUnavailable, Message: what, Hint: hint}
}
