package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Access is who may use a route. The zero Access is nobody.
type Access struct {
	// Action is what the caller's role must have; empty: see the others.
	Action controlplane.Action
	// Open routes need no token.
	Open bool
	// Local routes need none if only this machine reaches the listener, and
	// Action otherwise.
	Local bool
	// Secret routes are opened by a secret in the body, such as an enrolment
	// token.
	Secret bool

	// raw bodies are read by the handler, which has limits of its own.
	raw bool
	// most is how many bytes a body may have; 0: mostBody.
	most int64
	// lasting answers end when the caller or the server goes.
	lasting bool
}

// Route is a way into the server.
type Route struct {
	Method, Path string
	Access       Access
}

func (r Route) pattern() string { return r.Method + " " + r.Path }

func needs(a controlplane.Action) Access { return Access{Action: a} }

// upTo is the access with bodies of up to so many bytes.
func (a Access) upTo(bytes int64) Access {
	a.most = bytes
	return a
}

var (
	open   = Access{Open: true}
	local  = Access{Action: controlplane.Read, Local: true}
	secret = Access{Secret: true}
)

// routes is a mux on which every handler is behind its access.
type routes struct {
	mux    *http.ServeMux
	guard  func(Access, http.HandlerFunc) http.HandlerFunc
	access map[string]Access
	all    []Route
}

// allow says who may use a route, before it gets its handler.
func (r *routes) allow(route Route) {
	r.access[route.pattern()] = route.Access
}

// HandleFunc adds a handler behind the access of its pattern.
func (r *routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	access := r.access[pattern]
	r.all = append(r.all, Route{Method: method, Path: path, Access: access})
	r.mux.HandleFunc(pattern, r.guard(access, handler))
}

func (r *routes) handle(route Route, h http.Handler) {
	r.allow(route)
	r.HandleFunc(route.pattern(), h.ServeHTTP)
}

// ServeHTTP answers a path that is no route with a problem.
func (r *routes) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if _, pattern := r.mux.Handler(q); pattern != "" {
		r.mux.ServeHTTP(w, q)
		return
	}
	status := r.refusal(q, w.Header())
	writeProblem(w, q, newProblem(status, ""))
}

// refusal is 404, or 405 with the methods that the path has.
func (r *routes) refusal(q *http.Request, h http.Header) int {
	var probe probe
	handler, _ := r.mux.Handler(q)
	handler.ServeHTTP(&probe, q)
	if allowed := probe.header.Get("Allow"); allowed != "" {
		h.Set("Allow", allowed)
	}
	return probe.status
}

// probe keeps the head of an answer and nothing else.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int)      { p.status = status }

// guard lets in who may use a route, with a body that is within the limits.
func (s *Server) guard(a Access, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if err := s.admit(r, c, a); err != nil {
			s.refuse(w, r, err)
			return
		}
		if a.raw {
			next(w, r)
			return
		}
		if err := readBody(w, r, c, cmp.Or(a.most, mostBody)); err != nil {
			s.refuse(w, r, err)
			return
		}
		if a.lasting {
			persist(w)
		}
		next(w, r)
	}
}

// admit makes the caller of a request known, and refuses one who may not use
// the route.
func (s *Server) admit(r *http.Request, c *call, a Access) error {
	switch {
	case a.Open || a.Local && s.set.Loopback:
		return nil
	case a.Secret: // withSecret looks at it
		return nil
	case a.Action == "":
		return &controlplane.Error{Code: controlplane.CodeForbidden, Message: "nobody may use this route"}
	}
	if err := s.authenticate(r, c); err != nil {
		return err
	}
	err := s.service.Allow(r.Context(), c.caller, a.Action, r.Method+" "+r.URL.Path)
	if controlplane.CodeOf(err) == controlplane.CodeForbidden {
		s.failures.add(c.caller.TokenID, c.address)
	}
	return err
}

// refuse answers with the problem of an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, r, s.problem(r.Context(), err))
}

// callOf returns what is known of the request of a context.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}
