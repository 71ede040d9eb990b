package metrics

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// answer tells the sender what became of its points.
func answer(w http.ResponseWriter, e encoding, t tally) {
	resp := pmetricotlp.NewExportResponse()
	if n := t.refused(); n > 0 {
		resp.PartialSuccess().SetRejectedDataPoints(int64(n))
		resp.PartialSuccess().SetErrorMessage(t.reasons())
	}
	marshal := resp.MarshalProto
	if e == inJSON {
		marshal = resp.MarshalJSON
	}
	body, err := marshal()
	if err != nil { // two plain fields always marshal
		panic(err)
	}
	write(w, e, http.StatusOK, body)
}

func (t tally) reasons() string {
	var reasons []string
	if t.crowded > 0 {
		reasons = append(reasons, fmt.Sprintf("%d points are of more series than an agent may have (%d, and %d of critical entries); look for an attribute that changes", t.crowded, maxSeries, maxCriticalSeries))
	}
	if t.untimed > 0 {
		reasons = append(reasons, fmt.Sprintf("%d points are older than %s, ahead by more than %s, or differ from what came for the same time; check the host's clock", t.untimed, late, ahead))
	}
	if len(reasons) == 0 {
		return "nothing of this is kept here; send records of meters and the collector's own metrics"
	}
	return strings.Join(reasons, ". ")
}

// refuse answers with an error as OTLP has it: a Status in the encoding of the
// request, whose message collectors log.
func refuse(w http.ResponseWriter, e encoding, err error) {
	r := asRefusal(err)
	if r.status == http.StatusServiceUnavailable || r.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "5")
	}
	s := &status.Status{Code: int32(r.code), Message: strings.ToValidUTF8(r.message, "\uFFFD")}
	marshal := proto.Marshal
	if e == inJSON {
		marshal = protojson.Marshal
	}
	body, err := marshal(s)
	if err != nil { // a code and a valid text always marshal
		panic(err)
	}
	write(w, e, r.status, body)
}

// asRefusal says what a sender hears: of what is not its fault no details.
func asRefusal(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return away("the metrics cannot be stored now; the control plane's log says why")
}

func write(w http.ResponseWriter, e encoding, code int, body []byte) {
	w.Header().Set("Content-Type", string(e))
	w.WriteHeader(code)
	_, _ = w.Write(body) // a sender that has gone needs no answer
}
