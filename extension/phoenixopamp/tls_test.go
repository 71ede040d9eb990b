package phoenixopamp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
)

// authority is who signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{t: t, key: key}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = a.sign(template, template, key)
	return a
}

func (a *authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	cert, err := x509.ParseCertificate(raw)
	require.NoError(a.t, err)
	return cert
}

// issue makes a certificate for 127.0.0.1 and writes it and its key to files.
func (a *authority) issue() (cert, key string) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	c := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, own)
	raw, err := x509.MarshalECPrivateKey(own)
	require.NoError(a.t, err)
	return a.file("CERTIFICATE", c.Raw), a.file("EC PRIVATE KEY", raw)
}

func (a *authority) file(kind string, raw []byte) string {
	path := filepath.Join(a.t.TempDir(), "pem")
	require.NoError(a.t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}), 0o600))
	return path
}

// server is the configuration of a server that wants our certificate.
func (a *authority) server() *tls.Config {
	cert, err := tls.LoadX509KeyPair(a.issue())
	require.NoError(a.t, err)
	trusted := x509.NewCertPool()
	trusted.AddCert(a.cert)
	return &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted}
}

func TestBothSidesShowCertificates(t *testing.T) {
	a := newAuthority(t)
	for _, scheme := range []string{"wss", "https"} {
		t.Run(scheme, func(t *testing.T) {
			s := newServer(t, a.server())
			cfg := configure(t, scheme+"://"+s.address+"/v1/opamp")
			cfg.Server.TLS.CAFile = a.file("CERTIFICATE", a.cert.Raw)
			cfg.Server.TLS.CertFile, cfg.Server.TLS.KeyFile = a.issue()
			start(t, cfg)
			s.await("a report", func() bool { return s.told.Health.GetHealthy() })
		})
	}
}

func TestAServerThatNobodyVouchesForIsToldNothing(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	for _, scheme := range []string{"wss", "https"} {
		t.Run(scheme, func(t *testing.T) {
			s := newServer(t, a.server())
			cfg := configure(t, scheme+"://"+s.address+"/v1/opamp")
			cfg.Server.TLS.CAFile = other.file("CERTIFICATE", other.cert.Raw)
			e := start(t, cfg)
			await(t, "the error", func() bool {
				return strings.Contains(e.agent.state.standing().LastError, "certificate signed by unknown authority")
			})
			s.set(func() { require.Empty(t, s.tokens) })
		})
	}
}

func TestAMissingCAFileFailsTheStart(t *testing.T) {
	cfg := configure(t, "wss://127.0.0.1:1/")
	cfg.Server.TLS.CAFile = filepath.Join(t.TempDir(), "none.pem")
	err := build(cfg).Start(t.Context(), componenttest.NewNopHost())
	require.ErrorContains(t, err, "server.tls: ")
	require.ErrorContains(t, err, cfg.Server.TLS.CAFile)
}
