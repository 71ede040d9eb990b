package try

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// nameWidth is how much of a process's name is shown: what the kernel keeps.
const nameWidth = 15

// printable replaces what a terminal would obey: any user can name a process
// with control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// short is a process's name as it is shown.
func short(name string) string { return cut(printable(name), nameWidth) }

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// list joins as many items as fit into a row, and says how many more there are.
func list(items []Reason, text func(Reason) string) string {
	const room = width - 11 - len(", and 9,999 more")
	var b strings.Builder
	for i, item := range items {
		next := text(item)
		if i > 0 && len([]rune(b.String()))+len([]rune(next)) > room {
			fmt.Fprintf(&b, ", and %s more", thousands(len(items)-i))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(next)
	}
	return b.String()
}

// thousands writes a whole number with separators.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// count writes a number of things.
func count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "s"):
		noun += "es"
	default:
		noun += "s"
	}
	return thousands(n) + " " + noun
}

func round(v float64) int { return int(math.Round(v)) }

// percent writes a share. Only all of it is 100 %.
func percent(v float64) string {
	switch {
	case v >= 1:
		return "100 %"
	case v > 0.999:
		return "99.9 %"
	}
	return fmt.Sprintf("%.1f %%", v*100)
}

// share writes a share that may be unknown.
func share(v *float64) string {
	if v == nil {
		return "–"
	}
	return percent(*v)
}

// relative writes a relative error.
func relative(v float64) string {
	if v == 0 {
		return "0"
	}
	return fmt.Sprintf("%.0e", v)
}

// cores writes a number of cores in at most five characters below 1000.
func cores(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.1f", v)
	case v >= 10:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// size writes a number of bytes in at most eight characters.
func size(v float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	i := 0
	for v >= 1023.5 && i < len(units)-1 {
		v /= 1024
		i++
	}
	switch {
	case i == 0 || v >= 99.95:
		return fmt.Sprintf("%.0f %s", v, units[i])
	case v >= 9.995:
		return fmt.Sprintf("%.1f %s", v, units[i])
	}
	return fmt.Sprintf("%.2f %s", v, units[i])
}
