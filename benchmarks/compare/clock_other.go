//go:build !linux

package main

import "time"

const clockName = "elapsed time"

var begun = time.Now()

// now is the time since the program began.
func now() time.Duration { return time.Since(begun) }
