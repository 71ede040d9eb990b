package phoenixopamp

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/conformance"
)

func TestGoodConfigs(t *testing.T) { conformance.GoodConfigs(t, NewFactory()) }

func TestBadConfigs(t *testing.T) { conformance.BadConfigs(t, NewFactory()) }

func TestTheREADMEHasEveryKey(t *testing.T) { conformance.READMEHasEveryKey(t, NewFactory()) }

func TestTheREADMEHasTheDefaults(t *testing.T) { conformance.READMEHasTheDefaults(t, NewFactory()) }

func TestTheREADMEHasEveryMetric(t *testing.T) { conformance.READMEHasEveryMetric(t) }

func TestEveryKeyIsRead(t *testing.T) {
	got, err := conformance.Load(NewFactory(), filepath.Join("testdata", "every_key.good.yaml"))
	require.NoError(t, err)
	require.Equal(t, &Config{
		Server: Server{
			Endpoint: "wss://phoenix.example.com/v1/opamp", TokenFile: "/etc/otelcol-phoenix/token", EnrolmentTokenFile: "/etc/otelcol-phoenix/enrolment",
			TLS: TLS{CAFile: "/etc/otelcol-phoenix/ca.pem", CertFile: "/etc/otelcol-phoenix/cert.pem", KeyFile: "/etc/otelcol-phoenix/key.pem"},
		},
		StateDirectory:    "/srv/phoenix",
		Labels:            map[string]string{"site": "north", "tier": "web"},
		HeartbeatInterval: 10 * time.Second,
		Page:              Page{Socket: "/run/phoenix.sock", Listen: "127.0.0.1:13134", TokenFile: "/etc/otelcol-phoenix/page-token"},
	}, got)
}
