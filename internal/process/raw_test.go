package process

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// watch accounts for a scrape that is written as it came.
func (a *account) watch(pid int32, begun, at, v int64) {
	a.Begin()
	a.AddInt(a.meet(pid, begun, at), a.ints, v)
	a.Discard()
	a.WriteRaw(true)
	a.Finish()
}

// What is kept after it was watched goes on from the value that was written
// last, whatever the counter did.
func TestAKeptCounterGoesOnFromTheRawValue(t *testing.T) {
	for name, c := range map[string]struct {
		watched []int64
		next    int64
		other   int64 // one scrape later
	}{
		"after the first scrape":  {[]int64{100}, 130, 30},
		"one that grew":           {[]int64{100, 150}, 180, 30},
		"one that stands":         {[]int64{100, 100}, 100, 0},
		"one that began anew":     {[]int64{100, 20}, 30, 10},
		"in a dip":                {[]int64{1000, 995}, 1010, 10},
		"after a dip, as it was":  {[]int64{1000, 995, 1000}, 1010, 10},
		"one met later":           {[]int64{gone, 100}, 130, 30},
		"one met later, in a dip": {[]int64{gone, 1000, 999}, 1000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, at, last := newAccount(), int64(0), int64(0)
			for _, v := range c.watched {
				at, last = at+10, v
				if v == gone {
					a.watch(2, 1, at, 1) // of another process
					continue
				}
				a.watch(1, 1, at, v)
			}
			a.WriteRaw(false)
			require.Equal(t, last, a.scrape(1, 1, at+10, c.next, 1), "what was used since is the rest's")
			require.Equal(t, [2]int64{0, c.other}, a.other(), "and waits for a second sample")
			require.Equal(t, (at+10)*second, a.Started(), "nothing of it was written before")
			require.Equal(t, last+5, a.scrape(1, 1, at+20, c.next+5, 1))
			require.Equal(t, [2]int64{c.other, 0}, a.other())
		})
	}
}
