package otlphttp

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// Path is where metrics are sent to, under a base URL.
const Path = "/v1/metrics"

const protobuf = "application/x-protobuf"

// maxBody bounds a request after decompression: 64 MiB is a scrape of some
// 40,000 processes.
const maxBody = 64 << 20

// Handler answers export requests. Each batch is handed to take, whose error
// is the sender's answer; take may be called from several goroutines at once
// and owns the batch.
func Handler(take func(pmetric.Metrics) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, func(w http.ResponseWriter, r *http.Request) {
		md, err := decode(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := take(md); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		answer(w)
	})
	return mux
}

func decode(w http.ResponseWriter, r *http.Request) (pmetric.Metrics, error) {
	none := pmetric.Metrics{}
	if t := r.Header.Get("Content-Type"); t != protobuf {
		return none, fmt.Errorf("content type %q is not taken; send %s", t, protobuf)
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch e := r.Header.Get("Content-Encoding"); e {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return none, fmt.Errorf("unzip the request: %w", err)
		}
		body = http.MaxBytesReader(w, unzipped, maxBody)
	default:
		return none, fmt.Errorf("content encoding %q is not taken; send gzip or none", e)
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return none, fmt.Errorf("read the request: %w", err)
	}
	req := pmetricotlp.NewExportRequest()
	if err := req.UnmarshalProto(raw); err != nil {
		return none, fmt.Errorf("decode the request: %w", err)
	}
	return req.Metrics(), nil
}

func answer(w http.ResponseWriter) {
	body, err := pmetricotlp.NewExportResponse().MarshalProto()
	if err != nil { // an empty message always marshals
		panic(err)
	}
	w.Header().Set("Content-Type", protobuf)
	_, _ = w.Write(body) // a sender that has gone needs no answer
}
