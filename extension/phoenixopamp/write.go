package phoenixopamp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// texter is an answer that can be written as text; the JSON is made of its
// fields.
type texter interface{ text(io.Writer) }

// write writes an answer as the request wants it: as JSON if it says so by
// ?format=json or the Accept header, else as text.
func write(w http.ResponseWriter, r *http.Request, status int, answer texter) {
	var body bytes.Buffer
	kind := "text/plain; charset=utf-8"
	if wantsJSON(r) {
		kind = "application/json"
		encoder := json.NewEncoder(&body)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(answer); err != nil {
			status, kind = http.StatusInternalServerError, "text/plain; charset=utf-8"
			body.Reset()
			fmt.Fprintln(&body, "the answer cannot be written:", err)
		}
	} else {
		answer.text(&body)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, visible(body.String())) // who asked may be gone
}

func wantsJSON(r *http.Request) bool {
	return r.URL.Query().Get("format") == "json" || strings.Contains(r.Header.Get("Accept"), "application/json")
}

// visible writes out what a terminal would obey, and what turns a text's
// direction, as JSON does: names of processes are anybody's. Bytes that are no
// text become U+FFFD.
func visible(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if !strings.ContainsFunc(text, obeyed) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if obeyed(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func obeyed(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// problem is why there is no answer.
type problem struct {
	Error string `json:"error"`
}

func (p problem) text(w io.Writer) { fmt.Fprintln(w, p.Error) }

// overview is the first page.
type overview struct {
	Status     Status    `json:"status"`
	Components Component `json:"components"`
}

func (o overview) text(w io.Writer) {
	o.Status.text(w)
	fmt.Fprintln(w)
	o.Components.text(w)
	fmt.Fprintln(w, "\nMore: /status, /config, /components, /decisions?pid=…&name=…&at=…, /attempts; each with ?format=json")
}

func (s Status) text(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\n", name, value) }
	row("collector", s.Name+" "+s.Version)
	row("instance", s.InstanceUID)
	row("started", when(s.Started))
	for _, name := range sortedKeys(s.Labels) {
		row("label "+name, s.Labels[name])
	}
	s.Server.rows(row)
	s.Remote.rows(row)
	t.Flush()
}

func (s ServerStatus) rows(row func(string, any)) {
	if s.Endpoint == "" {
		row("server", "none")
		return
	}
	row("server", s.Endpoint)
	if s.Connected {
		row("connected", "since "+when(s.Since))
	} else {
		row("connected", "no")
	}
	row("connections", s.Connections)
	row("messages received", s.MessagesReceived)
	row("errors", s.Errors)
	if s.LastError != "" {
		row("last error", when(s.LastErrorAt)+" "+strings.ReplaceAll(s.LastError, "\n", "; "))
	}
	for _, offer := range sortedKeys(s.OffersRefused) {
		row("refused "+offer, s.OffersRefused[offer])
	}
}

// text writes a tree, two spaces deeper at each level.
func (c Component) text(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	c.rows(t, "")
	t.Flush()
}

func (c Component) rows(w io.Writer, indent string) {
	text := strings.ReplaceAll(c.Error, "\n", "; ")
	fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", indent, c.Name, strings.TrimPrefix(c.Status, "Status"), when(c.Since), text)
	for _, part := range c.Parts {
		part.rows(w, indent+"  ")
	}
}

// running is the configuration that runs.
type running struct {
	YAML string `json:"yaml"`
}

func (r running) text(w io.Writer) { _, _ = io.WriteString(w, r.YAML) }

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
