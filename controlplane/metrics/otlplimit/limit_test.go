package otlplimit

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/protobuf/encoding/protowire"
)

// request is a batch with one point, changed by with.
func requestWith(t testing.TB, with func(pmetric.Metrics, pmetric.NumberDataPoint)) []byte {
	t.Helper()
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("m")
	with(md, m.SetEmptyGauge().DataPoints().AppendEmpty())
	raw, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(t, err)
	return raw
}

// nested is a value within n lists.
func nested(v pcommon.Value, n int) {
	for range n {
		v = v.SetEmptySlice().AppendEmpty()
	}
	v.SetStr("x")
}

func TestLimitsHoldAtTheirEdgeAndNotBeyond(t *testing.T) {
	for _, c := range []struct {
		name     string
		at, past func(pmetric.Metrics, pmetric.NumberDataPoint)
		want     string
		tooLarge bool
	}{
		{
			name: "nesting",
			at:   func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { nested(p.Attributes().PutEmpty("k"), 28) },
			past: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { nested(p.Attributes().PutEmpty("k"), 29) },
			want: "nested deeper than 64",
		}, {
			name: "attributes of a point",
			at:   func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { many(p.Attributes(), 128) },
			past: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { many(p.Attributes(), 129) },
			want: "more than 128 attributes",
		}, {
			name: "attributes of a resource",
			at: func(md pmetric.Metrics, _ pmetric.NumberDataPoint) {
				many(md.ResourceMetrics().At(0).Resource().Attributes(), 128)
			},
			past: func(md pmetric.Metrics, _ pmetric.NumberDataPoint) {
				many(md.ResourceMetrics().At(0).Resource().Attributes(), 129)
			},
			want: "more than 128 attributes",
		}, {
			name: "value",
			at: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) {
				p.Attributes().PutStr("k", strings.Repeat("v", 4096))
			},
			past: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) {
				p.Attributes().PutStr("k", strings.Repeat("v", 4097))
			},
			want: "a text of 4097 bytes",
		}, {
			name: "key",
			at: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) {
				p.Attributes().PutStr(strings.Repeat("k", 4096), "")
			},
			past: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) {
				p.Attributes().PutStr(strings.Repeat("k", 4097), "")
			},
			want: "a text of 4097 bytes",
		}, {
			name: "name of a metric",
			at:   func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { first(md).SetName(strings.Repeat("n", 4096)) },
			past: func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { first(md).SetName(strings.Repeat("n", 4097)) },
			want: "a text of 4097 bytes",
		}, {
			name: "list in an attribute",
			at:   func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { texts(p.Attributes().PutEmptySlice("k"), 81) },
			past: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { texts(p.Attributes().PutEmptySlice("k"), 82) },
			want: "an attribute of",
		}, {
			name: "bytes that are no text",
			at: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) {
				p.Attributes().PutEmptyBytes("k").FromRaw([]byte{0xff})
			},
			past: func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { p.Attributes().PutStr("k", "\xff") },
			want: "not valid UTF-8",
		}, {
			name: "messages",
			at: func(md pmetric.Metrics, _ pmetric.NumberDataPoint) {
				empty(md, MaxMessages-6) // request, resource metrics, resource, scope metrics, scope, metric are the others
			},
			past:     func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { empty(md, MaxMessages-5) },
			want:     "more than 200000 messages",
			tooLarge: true,
		}, {
			name:     "buckets",
			at:       func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { bucketsOf(md, MaxPacked) },
			past:     func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { bucketsOf(md, MaxPacked+1) },
			want:     "bytes of histogram buckets",
			tooLarge: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, refusal(Protobuf(requestWith(t, c.at))))
			err := refusal(Protobuf(requestWith(t, c.past)))
			require.ErrorContains(t, err, c.want)
			var limit *Error
			require.ErrorAs(t, err, &limit)
			require.Equal(t, c.tooLarge, limit.TooLarge)
		})
	}
}

// refusal is the error of a check.
func refusal(_ int, err error) error { return err }

func first(md pmetric.Metrics) pmetric.Metric {
	return md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
}

func many(attrs pcommon.Map, n int) {
	for i := range n {
		attrs.PutInt(strings.Repeat("k", i+1), 1)
	}
}

// texts appends n texts, of some hundred bytes each.
func texts(s pcommon.Slice, n int) {
	for range n {
		s.AppendEmpty().SetStr(strings.Repeat("t", 97))
	}
}

// empty makes the metric one of a gauge with messages-1 points.
func empty(md pmetric.Metrics, messages int) {
	points := first(md).SetEmptyGauge().DataPoints()
	for range messages - 1 {
		points.AppendEmpty()
	}
}

// bucketsOf makes the metric a histogram whose buckets take n bytes.
func bucketsOf(md pmetric.Metrics, n int) {
	dp := first(md).SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
	dp.Positive().BucketCounts().FromRaw(make([]uint64, n))
}

func TestNumbersThatAreNotPackedCountAsBuckets(t *testing.T) {
	one := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)
	b := []byte(strings.Repeat(string(one), MaxPacked))
	for _, field := range []protowire.Number{8, 1, 10, 2, 2, 1} { // buckets, point, histogram, metric, scope metrics, resource metrics
		b = protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
	}
	require.NoError(t, refusal(Protobuf(b)))
	require.ErrorContains(t, refusal(Protobuf(append(b, b...))), "bytes of histogram buckets")
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	for _, b := range []string{"\xff", "\x0a\x05x", "\x0b", "\x0a\x02\x12\xff"} {
		require.ErrorContains(t, refusal(Protobuf([]byte(b))), "no OTLP export request", "%q", b)
	}
	require.NoError(t, refusal(Protobuf(nil)))
}

func TestJSONLimitsHoldAtTheirEdgeAndNotBeyond(t *testing.T) {
	for _, c := range []struct{ name, at, past, want string }{
		{"nesting", strings.Repeat("[", 128), strings.Repeat("[", 129), "nested deeper than 128"},
		{"objects", strings.Repeat("{}", 100_000), strings.Repeat("{}", 100_001), "more than 100000 objects"},
		{"values", strings.Repeat(",", 2_000_000), strings.Repeat(",", 2_000_001), "2000000 values"},
		{"text", `"{[\"` + strings.Repeat("[", 1000) + `"`, "\"\xff\"", "not valid UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, refusal(JSON([]byte(c.at))))
			require.ErrorContains(t, refusal(JSON([]byte(c.past))), c.want)
		})
	}
}

func TestNothingIsAllocated(t *testing.T) {
	raw := requestWith(t, func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { empty(md, 1000) })
	require.Zero(t, testing.AllocsPerRun(10, func() {
		if n, err := Protobuf(raw); n != 1006 || err != nil {
			t.Errorf("%d messages: %v", n, err)
		}
	}))
}

// FuzzProtobuf: what passes is decoded without an error that the decoder keeps
// to itself, and has no text that is not UTF-8.
func FuzzProtobuf(f *testing.F) {
	f.Add(requestWith(f, func(_ pmetric.Metrics, p pmetric.NumberDataPoint) { nested(p.Attributes().PutEmpty("k"), 3) }))
	f.Add(requestWith(f, func(md pmetric.Metrics, _ pmetric.NumberDataPoint) { bucketsOf(md, 9) }))
	f.Add([]byte("\x0a\x02\x12\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var limit *Error
		if _, err := Protobuf(b); err != nil {
			require.True(t, errors.As(err, &limit))
			return
		}
		req := pmetricotlp.NewExportRequest()
		if req.UnmarshalProto(b) != nil {
			return
		}
		for _, rm := range req.Metrics().ResourceMetrics().All() {
			for k := range rm.Resource().Attributes().All() {
				require.Equal(t, k, strings.ToValidUTF8(k, "?"))
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"\\\"","value":{"stringValue":"[["}}]}}]}`))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = JSON(b) })
}
