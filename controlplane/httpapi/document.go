package httpapi

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"sync"
)

//go:embed docs.css
var docsStyle []byte

// docsPolicy lets the page have its own style sheet and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// documentRoutes are the OpenAPI document and the page that is made from it.
func (s *Server) documentRoutes() {
	page := sync.OnceValues(s.docs)
	for _, file := range []struct {
		path, kind string
		make       func() ([]byte, error)
	}{
		{"/openapi.json", "application/openapi+json", sync.OnceValues(func() ([]byte, error) { return json.MarshalIndent(s.OpenAPI(), "", "  ") })},
		{"/openapi-3.0.json", "application/openapi+json", sync.OnceValues(s.OpenAPI().Downgrade)},
		{"/docs", "text/html; charset=utf-8", page},
		{"/docs/style.css", "text/css; charset=utf-8", func() ([]byte, error) { return docsStyle, nil }},
	} {
		s.routes.handle(Route{http.MethodGet, file.path, local}, s.file(file.kind, file.make))
	}
}

// file serves what changes with the program only.
func (s *Server) file(kind string, make func() ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := make()
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		answer, err := hashed(Reading{r.Header.Get("If-None-Match")}, string(content))
		if err != nil {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h := w.Header()
		h.Set("ETag", answer.ETag)
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", docsPolicy)
		_, _ = w.Write(content) // a reader that has gone needs no answer
	})
}
