package otlplimit

import "unicode/utf8"

// JSON checks a request in JSON, and counts its objects and arrays; its error is
// an [*Error]. Not all limits are seen here: what it decodes to must pass
// [Protobuf] too.
func JSON(body []byte) (objects int, err error) {
	if !utf8.Valid(body) {
		return objects, malformed("the request is not valid UTF-8")
	}
	var depth, values int
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = endOfString(body, i)
		case '{', '[':
			depth++
			objects++
		case '}', ']':
			depth--
		case ',':
			values++
		}
		if depth > maxJSONNesting {
			return objects, malformed("JSON is nested deeper than %d", maxJSONNesting)
		}
		if objects > maxJSONObjects || values > maxJSONValues {
			return objects, tooLarge("the request holds more than %d objects and arrays, or %d values", maxJSONObjects, maxJSONValues)
		}
	}
	return objects, nil
}

// endOfString returns where the quote is that closes the one at i.
func endOfString(body []byte, i int) int {
	for i++; i < len(body) && body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i
}
