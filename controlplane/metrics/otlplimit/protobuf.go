package otlplimit

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Protobuf checks a request in protobuf, and counts its messages; its error is
// an [*Error].
func Protobuf(body []byte) (messages int, err error) {
	var s scanner
	err = s.message(request, body, 1)
	return s.messages, err
}

type scanner struct{ messages, packed int }

func (s *scanner) message(k kind, b []byte, depth int) error {
	if s.messages++; s.messages > MaxMessages {
		return tooLarge("the request holds more than %d messages (resources, metrics, points, attributes)", MaxMessages)
	}
	if depth > MaxNesting {
		return malformed("messages are nested deeper than %d", MaxNesting)
	}
	attributes := 0
	for len(b) > 0 {
		to, v, n := next(k, b)
		if n < 0 {
			return malformed("this is no OTLP export request: %v", protowire.ParseError(n))
		}
		b = b[n:]
		if to == attribute {
			attributes++
		}
		if attributes > MaxAttributes {
			return malformed("more than %d attributes; leave some out", MaxAttributes)
		}
		if err := s.field(to, v, depth); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) field(to kind, v []byte, depth int) error {
	switch to {
	case unknown:
		return nil
	case text, blob:
		return checkText(to, v)
	case packed:
		if s.packed += len(v); s.packed > MaxPacked {
			return tooLarge("the request holds more than %d bytes of histogram buckets", MaxPacked)
		}
		return nil
	case attribute:
		if len(v) > maxAttribute {
			return malformed("an attribute of %d bytes; at most %d are possible", len(v), maxAttribute)
		}
	}
	return s.message(to, v, depth+1)
}

// next reads a field: what it is, its content, and its length with the tag,
// which is negative if it does not parse.
func next(k kind, b []byte) (to kind, v []byte, n int) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 {
		return unknown, nil, n
	}
	length := protowire.ConsumeFieldValue(num, typ, b[n:])
	if length < 0 {
		return unknown, nil, length
	}
	to, v = shape[k][num], b[n:n+length]
	if typ == protowire.BytesType {
		v, _ = protowire.ConsumeBytes(v)
	} else if to != packed { // whose numbers may also come one by one
		to = unknown
	}
	return to, v, n + length
}

func checkText(of kind, v []byte) error {
	if len(v) > MaxText {
		return malformed("a text of %d bytes; at most %d are possible", len(v), MaxText)
	}
	if of == text && !utf8.Valid(v) {
		return malformed("%.40q is not valid UTF-8", v)
	}
	return nil
}
