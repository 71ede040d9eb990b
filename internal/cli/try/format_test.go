package try

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFormats(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{thousands(0), "0"},
		{thousands(999), "999"},
		{thousands(1000), "1,000"},
		{thousands(1234567), "1,234,567"},
		{thousands(-1234), "-1,234"},
		{thousands(-123), "-123"},
		{count(1, "process"), "1 process"},
		{count(0, "process"), "0 processes"},
		{count(2000, "scrape"), "2,000 scrapes"},
		{percent(0), "0.0 %"},
		{percent(0.5), "50.0 %"},
		{percent(0.99999), "99.9 %"},
		{percent(1), "100 %"},
		{share(nil), "–"},
		{share(some(0.25)), "25.0 %"},
		{relative(0), "0"},
		{relative(2.34e-14), "2e-14"},
		{cores(0), "0.000"},
		{cores(0.0126), "0.013"},
		{cores(12.345), "12.35"},
		{cores(123.45), "123.5"},
		{size(0), "0 B"},
		{size(1023), "1023 B"},
		{size(1023.7), "1.00 KiB"},
		{size(10 << 10), "10.0 KiB"},
		{size(1023 << 20), "1023 MiB"},
		{size(99.96 * (1 << 20)), "100 MiB"},
		{size(1 << 30), "1.00 GiB"},
		{size(5 << 60), "5120 PiB"},
		{short("0123456789abcde"), "0123456789abcde"},
		{short("0123456789abcdef"), "0123456789abcd…"},
	} {
		require.Equal(t, c.want, c.got)
	}
}

func TestAListSaysHowManyAreLeftOut(t *testing.T) {
	name := func(r Reason) string { return r.Name }
	require.Empty(t, list(nil, name))
	require.Equal(t, "a, b", list([]Reason{{Name: "a"}, {Name: "b"}}, name))
	long := Reason{Name: "0123456789012345678901234567890123456789"}
	require.Equal(t, long.Name+", and 2 more", list([]Reason{long, long, long}, name))
}
