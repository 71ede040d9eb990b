package worker

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// hasty answers at once that there is no work, and counts.
type hasty struct{ asked int }

func (h *hasty) RoundTrip(*http.Request) (*http.Response, error) {
	h.asked++
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
}

func TestAServerThatHoldsNoQuestionIsAskedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second-1)
		defer cancel()
		server := &hasty{}
		require.NoError(t, Run(ctx, Settings{
			Server: "https://phoenix.example", Client: &http.Client{Transport: server}, Log: slog.New(slog.DiscardHandler),
		}))
		require.Equal(t, 10, server.asked)
	})
}
