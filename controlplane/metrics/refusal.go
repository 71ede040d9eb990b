package metrics

import (
	"fmt"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/code"
)

// refusal is an answer other than 200 to an export request.
type refusal struct {
	status  int // of HTTP
	code    code.Code
	message string
}

func (r *refusal) Error() string { return r.message }

func malformed(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, code.Code_INVALID_ARGUMENT, fmt.Sprintf(format, args...)}
}

func tooMuch(format string, args ...any) *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, code.Code_INVALID_ARGUMENT, fmt.Sprintf(format, args...)}
}

func notTaken(format string, args ...any) *refusal {
	return &refusal{http.StatusUnsupportedMediaType, code.Code_INVALID_ARGUMENT, fmt.Sprintf(format, args...)}
}

// tooMany is for a sender that goes too fast: the same request passes later.
func tooMany(format string, args ...any) *refusal {
	return &refusal{http.StatusTooManyRequests, code.Code_RESOURCE_EXHAUSTED, fmt.Sprintf(format, args...)}
}

// away is for what the server cannot do now.
func away(format string, args ...any) *refusal {
	return &refusal{http.StatusServiceUnavailable, code.Code_UNAVAILABLE, fmt.Sprintf(format, args...)}
}
