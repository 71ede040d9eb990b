package phoenixopamp

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
)

// routes are the pages. Each is text, or JSON to who asks for it.
func (e *Extension) routes() http.Handler {
	mux, agent := http.NewServeMux(), e.agent
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, http.StatusOK, overview{e.status(agent), componentOf("collector", e.health.tree(e.started))})
	})
	mux.HandleFunc("/status", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, http.StatusOK, e.status(agent))
	})
	mux.HandleFunc("/config", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, http.StatusOK, running{string(e.configuration())})
	})
	mux.HandleFunc("/components", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, http.StatusOK, componentOf("collector", e.health.tree(e.started)))
	})
	mux.HandleFunc("/decisions", e.decisions)
	mux.HandleFunc("/attempts", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, http.StatusOK, e.tries())
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, http.StatusNotFound, problem{"there is no such page; there are /, /status, /config, /components, /decisions and /attempts"})
	})
	return mux
}

func (e *Extension) decisions(w http.ResponseWriter, r *http.Request) {
	q, err := questionOf(r)
	if err != nil {
		write(w, r, http.StatusBadRequest, problem{err.Error()})
		return
	}
	write(w, r, http.StatusOK, e.explain(q, time.Now()))
}

// questionOf reads /decisions?pid=812&at=2026-01-31T12:00:00Z and the like.
func questionOf(r *http.Request) (Question, error) {
	values := r.URL.Query()
	q := Question{Name: values.Get("name"), Host: values.Get("host")}
	if text := values.Get("pid"); text != "" {
		pid, err := strconv.ParseInt(text, 10, 32)
		if err != nil || pid < 1 {
			return q, fmt.Errorf("pid: %q is no PID", text)
		}
		q.PID = int32(pid)
	}
	if text := values.Get("at"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return q, fmt.Errorf("at: %q is no time; write it like %s", text, time.Now().UTC().Format(time.RFC3339))
		}
		q.At = at
	}
	return q, nil
}

// Status is which collector this is, and how it is with the server.
type Status struct {
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	InstanceUID string            `json:"instance_uid"`
	OS          string            `json:"os"`
	Started     time.Time         `json:"started"`
	Labels      map[string]string `json:"labels,omitempty"`
	Server      ServerStatus      `json:"server"`
	// Remote is the life of remote configurations; absent if none are taken.
	Remote *Remote `json:"remote,omitempty"`
}

// ServerStatus is how it is with the server.
type ServerStatus struct {
	Endpoint         string           `json:"endpoint,omitempty"` // empty: there is none
	Connected        bool             `json:"connected"`
	Since            time.Time        `json:"since,omitzero"`
	LastMessage      time.Time        `json:"last_message,omitzero"`
	LastError        string           `json:"last_error,omitempty"`
	LastErrorAt      time.Time        `json:"last_error_at,omitzero"`
	Connections      int64            `json:"connections"`
	Errors           int64            `json:"errors"`
	MessagesReceived int64            `json:"messages_received"`
	Reports          map[string]int64 `json:"reports,omitempty"`
	Offers           int64            `json:"offers,omitempty"`
	OffersRefused    map[string]int64 `json:"offers_refused,omitempty"`
}

func (e *Extension) status(a *agent) Status {
	now := a.state.standing()
	return Status{
		Name: e.set.BuildInfo.Command, Version: e.set.BuildInfo.Version,
		InstanceUID: a.identity.current().String(), OS: runtime.GOOS, Started: e.started.UTC(), Labels: e.cfg.Labels,
		Server: ServerStatus{
			Endpoint: e.cfg.Server.Endpoint, Connected: now.Connected, Since: now.Since,
			LastMessage: now.LastMessage, LastError: now.LastError, LastErrorAt: now.LastErrorAt,
			Connections: now.Connections, Errors: now.Errors, MessagesReceived: now.Received,
			Reports: now.Reports, Offers: now.Offered, OffersRefused: now.Refused,
		},
		Remote: e.remoteStatus(),
	}
}

// Component is the health of a part of the collector.
type Component struct {
	Name    string      `json:"name"`
	Healthy bool        `json:"healthy"`
	Status  string      `json:"status"`
	Since   time.Time   `json:"since"`
	Error   string      `json:"error,omitempty"`
	Parts   []Component `json:"parts,omitempty"`
}

func componentOf(name string, h *protobufs.ComponentHealth) Component {
	c := Component{
		Name: name, Healthy: h.Healthy, Status: cmp.Or(h.Status, "StatusNone"),
		Since: time.Unix(0, int64(h.StatusTimeUnixNano)).UTC(), Error: h.LastError,
	}
	for _, part := range sortedKeys(h.ComponentHealthMap) {
		c.Parts = append(c.Parts, componentOf(part, h.ComponentHealthMap[part]))
	}
	return c
}
