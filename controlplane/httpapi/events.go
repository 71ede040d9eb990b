package httpapi

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/phoenix-platform/phoenix/controlplane"
)

type eventsRequest struct {
	LastEventID string `header:"Last-Event-ID" doc:"the id of the last event that you have; without it the stream begins now" maxLength:"20"`
	After       int64  `query:"after" doc:"as Last-Event-ID, which comes first; 0: from the oldest that is kept" minimum:"-1" default:"-1"`
}

const (
	// checkToken is how often an open stream asks whether its token is good.
	checkToken = 2 * time.Second
	// heartbeat keeps a connection that has nothing to tell.
	heartbeat = 15 * time.Second
)

func (s *Server) eventRoutes() {
	op := get("streamEvents", "/api/v1/events", "Server", "Watch what changes (server-sent events)")
	a := Access{Action: controlplane.Read, lasting: true}
	s.routes.allow(Route{op.Method, op.Path, a})
	document(&op, a)
	sse.Register(s.api, op, map[string]any{"change": controlplane.Event{}}, s.stream)
	// OpenAPI 3.0 has no words for what Huma says of the stream.
	s.OpenAPI().Paths[op.Path].Get.Responses["200"].Content["text/event-stream"].Schema = &huma.Schema{
		Type: huma.TypeString, Description: "events named change, with a change as JSON in their data",
	}
}

// stream sends events until the caller goes, the token ends or the server stops.
func (s *Server) stream(ctx context.Context, in *eventsRequest, send sse.Sender) {
	last, err := s.beginning(ctx, in)
	check, beat := time.NewTicker(checkToken), time.NewTicker(heartbeat)
	defer check.Stop()
	defer beat.Stop()
	for err == nil {
		changed := s.service.Changed()
		if last, err = s.sendEvents(ctx, last, send); err != nil {
			break
		}
		select {
		case <-changed:
		case <-beat.C:
			err = send.Comment("still here")
		case <-check.C:
			if !s.stillGood(ctx) {
				return
			}
		case <-s.closing:
			return
		case <-ctx.Done():
			return
		}
	}
	s.log.DebugContext(ctx, "event stream ends", "request", callOf(ctx).id, "error", err)
}

// beginning is the sequence after which the stream begins.
func (s *Server) beginning(ctx context.Context, in *eventsRequest) (int64, error) {
	if n, err := strconv.ParseInt(in.LastEventID, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	if in.After >= 0 {
		return in.After, nil
	}
	newest, err := s.service.Events(ctx, CallerOf(ctx), controlplane.Page{Limit: 1, Descending: true})
	if err != nil || len(newest.Items) == 0 {
		return 0, err
	}
	return newest.Items[0].Sequence, nil
}

// sendEvents sends what came after an event, and returns the last that it sent.
func (s *Server) sendEvents(ctx context.Context, last int64, send sse.Sender) (int64, error) {
	for {
		page := controlplane.Page{}
		if last > 0 {
			page.After = fmt.Sprint(last)
		}
		list, err := s.service.Events(ctx, CallerOf(ctx), page)
		if err != nil {
			return last, err
		}
		for _, e := range list.Items {
			if err := send(sse.Message{ID: int(e.Sequence), Data: e}); err != nil {
				return last, err
			}
			last = e.Sequence
		}
		if list.Next == "" {
			return last, nil
		}
	}
}
