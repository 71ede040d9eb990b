package remoteconfig

import "slices"

// rebuild returns a state when both slots are lost: of what the history says,
// the newest that settled and can still be read is the last good one, and the
// generation goes on from the highest. What was on trial is not tried again.
func rebuild(ended []Attempt, readable func(Hash) bool) State {
	s := New()
	for _, a := range ended {
		s.Generation, s.LastID = max(s.Generation, a.Generation), max(s.LastID, a.ID)
	}
	for _, a := range slices.Backward(ended) {
		if a.Outcome != Settled || a.Hash == s.LastGood || !readable(a.Hash) {
			continue
		}
		if s.LastGood != "" {
			s.Previous = a.Hash
			break
		}
		s.LastGood, s.Confirmed = a.Hash, a.Hash
	}
	return s
}
