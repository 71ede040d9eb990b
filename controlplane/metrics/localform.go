package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// reply is an answer of Prometheus' HTTP API.
type reply struct {
	Status    string       `json:"status"`
	Data      any          `json:"data,omitempty"`
	ErrorType v1.ErrorType `json:"errorType,omitempty"`
	Error     string       `json:"error,omitempty"`
	Warnings  []string     `json:"warnings,omitempty"`
}

func badData(format string, args ...any) error {
	return &v1.Error{Type: v1.ErrBadData, Msg: fmt.Sprintf(format, args...)}
}

func unavailable(err error) error { return &v1.Error{Type: v1.ErrServer, Msg: err.Error()} }

// answered writes what an endpoint returns.
func (a *localAPI) answered(endpoint func(*http.Request) (any, []string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, warnings, err := endpoint(r)
		code, body := http.StatusOK, reply{Status: "success", Data: data, Warnings: warnings}
		if err != nil {
			kind := typeOf(err)
			code, body = statusOf[kind], reply{Status: "error", ErrorType: kind, Error: textOf(err)}
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			a.log.Error("a result of a query cannot be encoded", "error", err)
			code = http.StatusInternalServerError
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write(encoded) // a caller that has gone needs no answer
	}
}

// statusOf are the HTTP statuses that Prometheus answers with.
var statusOf = map[v1.ErrorType]int{
	v1.ErrBadData:  http.StatusBadRequest,
	v1.ErrExec:     http.StatusUnprocessableEntity,
	v1.ErrTimeout:  http.StatusServiceUnavailable,
	v1.ErrCanceled: http.StatusServiceUnavailable,
	v1.ErrServer:   http.StatusServiceUnavailable,
}

func typeOf(err error) v1.ErrorType {
	var known *v1.Error
	var late promql.ErrQueryTimeout
	var gone promql.ErrQueryCanceled
	switch {
	case errors.As(err, &known):
		return known.Type
	case errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		return v1.ErrTimeout
	case errors.As(err, &gone), errors.Is(err, context.Canceled):
		return v1.ErrCanceled
	}
	return v1.ErrExec
}

func textOf(err error) string {
	var known *v1.Error
	if errors.As(err, &known) {
		return known.Msg
	}
	return err.Error()
}

// timeOf reads a time: seconds since the epoch, or RFC 3339.
func timeOf(r *http.Request, key string, otherwise time.Time) (time.Time, error) {
	text := r.FormValue(key)
	if text == "" {
		return otherwise, nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(seconds) || math.Abs(seconds) > 1e11 {
			return time.Time{}, badData("%s: %.40q is no time", key, text)
		}
		return time.UnixMilli(int64(math.Round(seconds * 1e3))).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, badData("%s: %.40q is no time; give seconds since 1970 or RFC 3339", key, text)
	}
	return t, nil
}

func rangeOf(r *http.Request) (span Range, err error) {
	if span.Start, err = timeOf(r, "start", time.Time{}); err != nil {
		return span, err
	}
	if span.End, err = timeOf(r, "end", time.Time{}); err != nil {
		return span, err
	}
	text := r.FormValue("step")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds < 1e9 {
		span.Step = time.Duration(seconds * float64(time.Second))
		return span, nil
	}
	step, err := model.ParseDuration(text)
	if err != nil {
		return span, badData("step: %.40q is no duration", text)
	}
	span.Step = time.Duration(step)
	return span, nil
}

// selectorsOf reads the selectors of a request for a list.
func selectorsOf(r *http.Request) ([][]*labels.Matcher, error) {
	if err := r.ParseForm(); err != nil {
		return nil, badData("%v", err)
	}
	selectors, err := parser.NewParser(parser.Options{}).ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		return nil, badData("match[]: %v", err)
	}
	return selectors, nil
}
