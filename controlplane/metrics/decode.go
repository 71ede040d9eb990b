package metrics

import (
	"errors"
	"mime"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/phoenix-platform/phoenix/controlplane/metrics/otlplimit"
)

// encoding is a form of OTLP.
type encoding string

const (
	inProtobuf encoding = "application/x-protobuf"
	inJSON     encoding = "application/json"
)

// encodingOf reads a Content-Type. What is none of ours is answered in protobuf.
func encodingOf(contentType string) (encoding, error) {
	kind, _, _ := mime.ParseMediaType(contentType) // what does not parse is none
	if e := encoding(kind); e == inProtobuf || e == inJSON {
		return e, nil
	}
	return inProtobuf, notTaken("content type %.80q is not taken; send %s or %s", contentType, inProtobuf, inJSON)
}

// check says whether an export request can be decoded, and roughly how many
// messages that makes; its errors are [*refusal]s.
func check(e encoding, body []byte) (messages int, err error) {
	if e == inJSON {
		messages, err = otlplimit.JSON(body)
	} else {
		messages, err = otlplimit.Protobuf(body)
	}
	return messages, beyond(err)
}

// decode reads an export request that was checked; its errors are [*refusal]s.
func decode(e encoding, body []byte) (pmetric.Metrics, error) {
	req := pmetricotlp.NewExportRequest()
	unmarshal := req.UnmarshalProto
	if e == inJSON {
		unmarshal = req.UnmarshalJSON
	}
	if err := unmarshal(body); err != nil {
		return pmetric.Metrics{}, malformed("decode the request: %.200v", err)
	}
	if e == inJSON {
		return req.Metrics(), recheck(req)
	}
	return req.Metrics(), nil
}

// recheck holds what came as JSON to all limits.
func recheck(req pmetricotlp.ExportRequest) error {
	body, err := req.MarshalProto()
	if err != nil {
		return malformed("decode the request: %v", err)
	}
	_, err = check(inProtobuf, body)
	return err
}

// beyond is the answer to an error of otlplimit.
func beyond(err error) error {
	if err == nil {
		return nil
	}
	var limit *otlplimit.Error
	if errors.As(err, &limit) && limit.TooLarge {
		return tooMuch("%v", err)
	}
	return malformed("%v", err)
}
