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

// Read reads all scrapes of a recording.
func Read(r io.Reader) ([]pmetric.Metrics, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	defer z.Close()
	var scrapes []pmetric.Metrics
	for {
		md, err := next(z)
		switch {
		case errors.Is(err, io.EOF):
			return scrapes, nil
		case err != nil:
			return nil, fmt.Errorf("read scrape %d of the recording: %w; it is cut off, or no recording", len(scrapes), err)
		}
		scrapes = append(scrapes, md)
	}
}

// next reads one frame; io.EOF says that there is none.
func next(r io.Reader) (pmetric.Metrics, error) {
	none := pmetric.Metrics{}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return none, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxScrape {
		return none, fmt.Errorf("a frame claims %d bytes, at most %d are possible", n, maxScrape)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return none, io.ErrUnexpectedEOF
	}
	req := pmetricotlp.NewExportRequest()
	if err := req.UnmarshalProto(raw); err != nil {
		return none, err
	}
	return req.Metrics(), nil
}
