package metrics

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProblemsAreNotRememberedWithoutEnd(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Settings{Dir: t.TempDir(), Now: func() time.Time { return now }})
	for i := range maxProblems + 5 {
		s.report(Problem{What: fmt.Sprint(i)})
	}
	require.Len(t, s.Problems(), maxProblems)
	require.Equal(t, "5", s.Problems()[0].What)
	now = now.Add(time.Minute)
	s.report(Problem{What: "7"})
	all := s.Problems()
	require.Len(t, all, maxProblems)
	require.Equal(t, Problem{At: now, What: "7"}, all[maxProblems-1])
}
