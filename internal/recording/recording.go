// Package recording keeps scrapes in a file, so that a pipeline can be tried
// on what a real host once said. A file is a Zstandard stream of frames, each
// a scrape: its length as four bytes, most significant first, then an OTLP
// export request as protobuf.
package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// maxScrape bounds the length that a frame may claim.
const maxScrape = 256 << 20

// window is how far back the compressor looks: over the scrape before.
const window = 8 << 20

// Write writes scrapes in the order given.
func Write(w io.Writer, scrapes []pmetric.Metrics) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(window))
	if err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	for i, md := range scrapes {
		raw, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
		if err != nil {
			return fmt.Errorf("write scrape %d of the recording: %w", i, err)
		}
		frame := binary.BigEndian.AppendUint32(nil, uint32(len(raw)))
		if _, err := z.Write(append(frame, raw...)); err != nil {
			return fmt.Errorf("write scrape %d of the recording: %w", i, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	return nil
}

// Limits bound what a recording of somebody unknown may hold.
type Limits struct {
	// Bytes is how many all scrapes have at most, without the compression.
	Bytes int64
	// Check looks at each scrape, as protobuf, before it is decoded.
	Check func(raw []byte) error
}

// Read reads all scrapes of a recording that can be trusted.
func Read(r io.Reader) ([]pmetric.Metrics, error) {
	return ReadWithin(r, Limits{Bytes: math.MaxInt64, Check: func([]byte) error { return nil }})
}

// ReadWithin reads all scrapes of a recording, if it is within limits.
func ReadWithin(r io.Reader, l Limits) ([]pmetric.Metrics, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	defer z.Close()
	var scrapes []pmetric.Metrics
	for {
		md, err := next(z, &l)
		switch {
		case errors.Is(err, io.EOF):
			return scrapes, nil
		case err != nil:
			return nil, fmt.Errorf("read scrape %d of the recording: %w; it is cut off, or no recording", len(scrapes), err)
		}
		scrapes = append(scrapes, md)
	}
}

// next reads one frame, which takes from what the limits leave; io.EOF says that
// there is none.
func next(r io.Reader, l *Limits) (pmetric.Metrics, error) {
	none := pmetric.Metrics{}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return none, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxScrape {
		return none, fmt.Errorf("a frame claims %d bytes, at most %d are possible", n, maxScrape)
	}
	if l.Bytes -= int64(n); l.Bytes < 0 {
		return none, errors.New("all scrapes together are too large; record fewer of them, or of a smaller host")
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return none, io.ErrUnexpectedEOF
	}
	if err := l.Check(raw); err != nil {
		return none, err
	}
	req := pmetricotlp.NewExportRequest()
	if err := req.UnmarshalProto(raw); err != nil {
		return none, err
	}
	return req.Metrics(), nil
}
