package metrics

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// maxBody bounds a request as it comes, and again after decompression.
	maxBody = 20 << 20
	// patience is how long a request may take to arrive.
	patience = 30 * time.Second
)

// read returns the body of a request, decompressed. It is valid until done.
func (s *sized) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience)) // a recorder of a test has none
	in, err := decompressed(r.Header.Get("Content-Encoding"), http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer
	if _, err := head.ReadFrom(io.LimitReader(in, maxSmall+1)); err != nil {
		return nil, unread(err)
	}
	if head.Len() <= maxSmall {
		return head.Bytes(), nil
	}
	if err := s.enlarge(r.Context()); err != nil {
		return nil, err
	}
	return s.rest(head.Bytes(), in)
}

func decompressed(encoding string, body io.Reader) (io.Reader, error) {
	switch encoding {
	case "", "identity":
		return body, nil
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, malformed("unzip the request: %v", err)
		}
		z.Multistream(false)
		return z, nil
	}
	return nil, notTaken("content encoding %.40q is not taken; send gzip or none", encoding)
}

// unread says why a body did not arrive.
func unread(err error) error {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return tooMuch("the request has more than %d bytes; send fewer points at once", maxBody)
	}
	return malformed("read the request: %v", err)
}
