package controlplane

import (
	"context"
	"fmt"
	"time"
)

// Event is a change that somebody may want to see at once. The newest events
// are kept; the audit keeps everything.
type Event struct {
	// Sequence grows with every event.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	// Action is what was done, Object to what, such as deployment/web-topk.
	Action  Action `json:"action"`
	Object  string `json:"object"`
	Message string `json:"message"`
}

// Events lists the events that are kept, by sequence. Who wants to miss none
// takes [Service.Changed] first, reads to the end, and waits then.
func (s *Service) Events(ctx context.Context, by Caller, page Page) (List[Event], error) {
	if err := s.Allow(ctx, by, Read, "events"); err != nil {
		return List[Event]{}, err
	}
	span, err := page.numbers()
	if err != nil {
		return List[Event]{}, err
	}
	return view(ctx, s, func(r Reader) (List[Event], error) {
		events, err := r.Events(ctx, span)
		return paged(events, page.size(), func(e Event) string { return fmt.Sprint(e.Sequence) }), err
	})
}
