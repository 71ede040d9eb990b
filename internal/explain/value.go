package explain

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Name is a text that somebody else chose.
type Name string

// String writes what is not printable, a backslash too, as Go does between
// quotes.
func (n Name) String() string {
	quoted := strconv.Quote(string(n))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// MarshalJSON escapes what is not printable, so that JSON can be read on a
// terminal too. Bytes that are no text become U+FFFD.
func (n Name) MarshalJSON() ([]byte, error) {
	raw, err := json.Marshal(string(n))
	if err != nil {
		return nil, err
	}
	var safe strings.Builder
	for _, r := range string(raw) {
		if unicode.IsPrint(r) {
			safe.WriteRune(r)
			continue
		}
		escape(&safe, r)
	}
	return []byte(safe.String()), nil
}

// escape writes a character as JSON does, in two halves if it is beyond 16 bits.
func escape(to *strings.Builder, r rune) {
	const first, high, low = 0x10000, 0xd800, 0xdc00
	if r >= first {
		escape(to, high+(r-first)>>10)
		escape(to, low+(r-first)&0x3ff)
		return
	}
	to.WriteString(`\u`)
	digits := strconv.FormatInt(int64(r), 16)
	to.WriteString(strings.Repeat("0", 4-len(digits)) + digits)
}

// Number is a value of a metric.
type Number float64

// String writes six digits at most.
func (n Number) String() string { return strconv.FormatFloat(float64(n), 'g', 6, 64) }

// MarshalJSON writes null for what JSON has no number for.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}
