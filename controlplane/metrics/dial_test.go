package metrics

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestAddressesOfMetadataAreNotDialled(t *testing.T) {
	for _, address := range []string{"169.254.169.254:80", "[::ffff:169.254.169.254]:80", "[fe80::1%eth0]:9090", "[fd00:ec2::254]:80", "100.100.100.200:80"} {
		require.ErrorContains(t, checkAddress(address), "give that of a Prometheus", address)
	}
	for _, address := range []string{"127.0.0.1:9090", "[::1]:9090", "10.0.0.1:9090", "[fd00::1]:9090", "192.0.2.1:443"} {
		require.NoError(t, checkAddress(address))
	}
	require.Error(t, checkAddress("prometheus"))
}

func TestAnAddressOfMetadataIsNotAsked(t *testing.T) {
	var log bytes.Buffer
	s := open(t, Settings{
		Dir: t.TempDir(), PrometheusURL: "http://169.254.169.254", QueryTimeout: 5 * time.Second,
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	_, err := s.Query(context.Background(), "up", time.Now())
	require.Equal(t, controlplane.CodeUnavailable, controlplane.CodeOf(err))
	require.Contains(t, log.String(), "give that of a Prometheus")
}
