package procread

import (
	"bytes"
	"fmt"
)

// number reads the decimal number at the beginning of b, and returns what is
// behind it. Negative numbers are as Go converts them to uint64. A number of
// more digits than fit wraps around: the kernel writes none.
func number(b []byte) (n uint64, rest []byte, ok bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, negative = 1, true
	}
	first := i
	for i < len(b) && b[i]-'0' <= 9 {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	if negative {
		n = -n
	}
	return n, b[i:], i > first
}

// labelled reads the number behind a label, as in "rchar: 17", and returns
// what is behind it. The label is at the beginning of a line.
func labelled(b []byte, label string) (n uint64, rest []byte, err error) {
	at := lineOf(b, label)
	if at < 0 {
		return 0, b, fmt.Errorf("has no line %q", label)
	}
	n, rest, ok := number(bytes.TrimLeft(b[at+len(label):], " \t"))
	if !ok {
		return 0, b, fmt.Errorf("has no number behind %q", label)
	}
	return n, rest, nil
}

// lineOf returns where the line begins that begins with a label, -1 if none
// does.
func lineOf(b []byte, label string) int {
	for from := 0; ; {
		at := bytes.Index(b[from:], []byte(label))
		if at < 0 {
			return -1
		}
		at += from
		if at == 0 || b[at-1] == '\n' {
			return at
		}
		from = at + 1
	}
}
