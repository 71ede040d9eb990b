// Package remoteconfig keeps the life of a remote configuration: from the
// offer of a server over a trial to the last good one, and back when it fails.
//
// [State] is what is known at one moment. Its methods are the transitions: each
// takes what happened and returns the next state and a [Step], which says what
// is to be done and answered. They read no clock and no file.
//
// [Life] makes the states durable: it writes each of them to one of two slots
// before it lets anybody act on it, and keeps the configurations themselves in
// files named by their hashes. A collector that is killed at any moment finds
// on its next start what to run:
//
//	life, err := remoteconfig.Open(dir, remoteconfig.Boot{ID: bootID, Under: under}, time.Now)
//	step, err := life.Start(validate)      // step.Run is what runs now
//	step, err = life.Offer(offer)          // step.Check: check it, validate it, then
//	step, err = life.Store(content)        // step.Reload: reload, and Retrieve asks
//	run, err := life.Next()                // what to run: the trial has begun
//	step, err = life.Confirm(offer.Hash)   // healthy: APPLIED
//	step, err = life.Settle(offer.Hash)    // after SettleAfter: the last good one
//
// The whole table of transitions is in
// docs/decisions/0010-the-life-of-a-remote-configuration.md.
package remoteconfig
