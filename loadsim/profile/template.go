package profile

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
)

// placeholder is what a template may hold.
var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// names fill templates in.
type names struct {
	number, parent int
	rand           *rand.Rand
}

func (n names) fill(template string) string {
	return placeholder.ReplaceAllStringFunc(template, func(p string) string {
		switch p {
		case "{n}":
			return strconv.Itoa(n.number)
		case "{parent}":
			return strconv.Itoa(n.parent)
		case "{hex}":
			return fmt.Sprintf("%08x", n.rand.Uint32())
		}
		return p // refused when the file was read; a built-in profile has none
	})
}

// unknown returns the first placeholder that means nothing.
func unknown(template string) (string, bool) {
	for _, p := range placeholder.FindAllString(template, -1) {
		if p != "{n}" && p != "{parent}" && p != "{hex}" {
			return p, true
		}
	}
	return "", false
}
