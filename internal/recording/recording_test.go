package recording

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

func scrapes(n int) (all []pmetric.Metrics) {
	for i := range n {
		md := pmetric.NewMetrics()
		md.ResourceMetrics().AppendEmpty().Resource().Attributes().PutStr("k", fmt.Sprint(i))
		all = append(all, md)
	}
	return all
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, n := range []int{0, 1, 20} {
		var file bytes.Buffer
		require.NoError(t, Write(&file, scrapes(n)))
		got, err := Read(&file)
		require.NoError(t, err)
		require.Equal(t, scrapes(n), got)
	}
}

func TestACutFileIsRefused(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, Write(&file, scrapes(20)))
	for cut := 1; cut < file.Len(); cut += 7 {
		_, err := Read(bytes.NewReader(file.Bytes()[:cut]))
		require.ErrorContains(t, err, "cut off, or no recording", "cut at %d", cut)
	}
}

func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	require.NoError(f, Write(&file, scrapes(2)))
	f.Add(file.Bytes())
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = Read(bytes.NewReader(raw)) // must not panic
	})
}

func TestLimitsHoldAtTheirEdgeAndNotBeyond(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, Write(&file, scrapes(3)))
	var sizes []int64
	size := func(raw []byte) error {
		sizes = append(sizes, int64(len(raw)))
		return nil
	}
	read := func(l Limits) error {
		_, err := ReadWithin(bytes.NewReader(file.Bytes()), l)
		return err
	}
	require.NoError(t, read(Limits{Bytes: 1 << 20, Check: size}))
	require.Len(t, sizes, 3)
	all := sizes[0] + sizes[1] + sizes[2]
	require.NoError(t, read(Limits{Bytes: all, Check: size}))
	require.ErrorContains(t, read(Limits{Bytes: all - 1, Check: size}), "scrape 2 of the recording: all scrapes together are too large")

	bad := errors.New("it is nested too deep")
	require.ErrorIs(t, read(Limits{Bytes: all, Check: func([]byte) error { return bad }}), bad)
}
