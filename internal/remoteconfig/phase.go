package remoteconfig

import "time"

// Phase says how far the newest configuration that was stored has come.
type Phase string

// The phases, in the order of a life that goes well.
const (
	// Stable: what was confirmed has settled; it is the last good one.
	Stable Phase = "stable"
	// Armed: a candidate is stored, and the next reload or start tries it.
	Armed Phase = "armed"
	// Trial: the candidate runs and is not yet confirmed. A process that ends
	// now goes back to what ran before.
	Trial Phase = "trial"
	// Probation: the confirmed configuration runs, the last good one is still
	// the one before. One unclean end goes back to it.
	Probation Phase = "probation"
)

// SettleAfter is how long a confirmed configuration runs without an exit until
// it is the last good one.
const SettleAfter = 10 * time.Minute

// startsPerRung is how often in a row what should run is started without
// coming up, until the next best is.
const startsPerRung = 3
