package handover

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func claim(t *testing.T, r *Registry[int], id string) (int, bool) {
	t.Helper()
	state, ok, err := r.Claim(id)
	require.NoError(t, err)
	return state, ok
}

func TestStateGoesToTheSuccessorOnce(t *testing.T) {
	r := NewRegistry[int]()
	_, ok := claim(t, r, "topk")
	require.False(t, ok, "nobody was before")
	r.Release("topk", 7)
	_, ok = claim(t, r, "topk/other")
	require.False(t, ok, "another component's state")
	state, ok := claim(t, r, "topk")
	require.True(t, ok)
	require.Equal(t, 7, state)
	r.Release("topk", 8)
	state, _ = claim(t, r, "topk")
	require.Equal(t, 8, state)
}

func TestAnIDIsInOnePipeline(t *testing.T) {
	for id, proposal := range map[string]string{"topk": "topk/2", "topk/web": "topk/web2"} {
		r := NewRegistry[int]()
		claim(t, r, id)
		_, _, err := r.Claim(id)
		require.EqualError(t, err, id+" is in more than one pipeline, and can keep account of only one; give each pipeline a processor of its own, such as "+proposal)
		r.Release(id, 1)
		claim(t, r, id)
	}
}

func TestWhatNobodyTakesIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry[int]()
		claim(t, r, "topk")
		r.Release("topk", 7)
		time.Sleep(KeepFor + time.Second)
		synctest.Wait()
		require.Empty(t, r.waiting)
		_, ok := claim(t, r, "topk")
		require.False(t, ok)
	})
}
