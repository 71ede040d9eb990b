package otlplimit

import "fmt"

// What a request may hold.
const (
	MaxNesting    = 64             // messages within messages
	MaxMessages   = 200_000        // of any kind; a record of a scrape has some 120
	MaxPacked     = 1 << 20        // bytes of bucket counts, which grow when they are decoded
	MaxAttributes = 128            // of a resource, a scope, a metric or a point
	MaxText       = 4 << 10        // bytes of a name, a key or a value
	maxAttribute  = 2*MaxText + 16 // bytes with its key and all that it nests
)

// In JSON a message is an object, which stands in an array if there can be
// several, and takes more memory to decode.
const (
	maxJSONNesting = 2 * MaxNesting
	maxJSONObjects = MaxMessages / 2
	maxJSONValues  = 10 * MaxMessages
)

// Error is what is wrong with a request.
type Error struct {
	// TooLarge: it would pass in several parts. Else it never will.
	TooLarge bool
	message  string
}

func (e *Error) Error() string { return e.message }

func malformed(format string, args ...any) error {
	return &Error{message: fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) error {
	return &Error{TooLarge: true, message: fmt.Sprintf(format+"; send fewer at once", args...)}
}
