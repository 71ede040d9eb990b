package supervise

import "time"

const (
	// firstWait is between an end and the next start.
	firstWait = time.Second
	// longestWait is what it grows to, doubling, while the program keeps ending.
	longestWait = 5 * time.Second
	// steadyAfter is how long a program must have run for the next wait to be
	// the first again.
	steadyAfter = 30 * time.Second
)

// backoff says how long to wait before the next start.
type backoff struct {
	first, longest time.Duration
	next           time.Duration
}

// after returns the wait after the program ran for a time.
func (b *backoff) after(ran time.Duration) time.Duration {
	if ran >= steadyAfter || b.next == 0 {
		b.next = b.first
	}
	wait := b.next
	b.next = min(2*wait, b.longest)
	return wait
}
