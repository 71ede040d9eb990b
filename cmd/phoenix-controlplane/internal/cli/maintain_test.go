package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// TestABackupIsRestored takes one while the server runs, and one by the API.
func TestABackupIsRestored(t *testing.T) {
	d, saved := dir(t), filepath.Join(t.TempDir(), "saved.db")
	t.Run("save", func(t *testing.T) {
		s := start(t, d)
		s.exchange()
		s.do("POST", "/api/v1/deployments", deployment("web"), http.StatusCreated, nil)
		out, err := run(t, "backup", saved, "--data-dir", d)
		require.NoError(t, err)
		require.Contains(t, out, saved)
		var file httpapi.BackupFile
		s.do("POST", "/api/v1/backup", nil, http.StatusCreated, &file)
		info, err := os.Stat(file.Path)
		require.NoError(t, err)
		require.Equal(t, file.Bytes, info.Size())
		s.do("DELETE", "/api/v1/deployments/web", nil, http.StatusOK, nil)
	})
	_, err := run(t, "restore", saved, "--data-dir", d)
	require.Error(t, err, "there is a database")

	other := dir(t)
	_, err = run(t, "restore", saved, "--data-dir", other)
	require.ErrorContains(t, err, "the key of the audit is missing")
	key, err := os.ReadFile(dataDir(d).auditKey())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dataDir(other).auditKey(), key, 0o600))
	_, err = run(t, "restore", saved, "--data-dir", other)
	require.NoError(t, err)
	out, err := run(t, "check", "--data-dir", other)
	require.NoError(t, err)
	require.Contains(t, out, "the database is whole; 3 audit records")

	token, err := run(t, "token", "--data-dir", other, "--role", "viewer")
	require.NoError(t, err)
	s := start(t, other)
	s.token = strings.TrimSpace(token)
	s.do("GET", "/api/v1/deployments/web", nil, http.StatusOK, nil)
}

func TestTheAuditIsVerified(t *testing.T) {
	d := dir(t)
	t.Run("make", func(t *testing.T) { start(t, d).exchange() })
	out, err := run(t, "audit", "verify", "--data-dir", d)
	require.NoError(t, err)
	_, head, found := strings.Cut(strings.TrimSpace(out), "head: ")
	require.True(t, found)
	_, err = run(t, "audit", "verify", "--data-dir", d, "--head", head)
	require.NoError(t, err)
	number, mac, _ := strings.Cut(head, ":")
	_, err = run(t, "audit", "verify", "--data-dir", d, "--head", "9"+number+":"+mac)
	require.Error(t, err, "records were taken away")
	_, err = run(t, "audit", "verify", "--data-dir", d, "--head", "x")
	require.ErrorContains(t, err, "give it as verify printed it")

	require.NoError(t, os.WriteFile(dataDir(d).auditKey(), make([]byte, 32), 0o600))
	_, err = run(t, "audit", "verify", "--data-dir", d)
	require.Error(t, err, "the key is another one")
}

func TestMaintenanceNeedsADatabase(t *testing.T) {
	for _, args := range [][]string{{"backup", "x"}, {"check"}, {"audit", "verify"}, {"token"}} {
		_, err := run(t, append(args, "--data-dir", dir(t))...)
		require.ErrorContains(t, err, "check --data-dir", args)
	}
}

// TestInitMakesWhatTLSNeeds serves with it, and makes a second certificate of
// the same authority.
func TestInitMakesWhatTLSNeeds(t *testing.T) {
	d := dir(t)
	out, err := run(t, "init", "--data-dir", d, "--host", "phoenix.example.com", "--host", "192.0.2.1")
	require.NoError(t, err)
	require.Contains(t, out, "SHA-256:")
	again, err := run(t, "init", "--data-dir", d)
	require.NoError(t, err)
	require.Equal(t, out, again, "the authority is the same")
	for _, secret := range []string{caKeyFile, keyFile} {
		info, err := os.Stat(dataDir(d).tls(secret))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), secret)
	}

	s := start(t, d)
	s.url = strings.Replace(s.url, "http:", "https:", 1)
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(dataDir(d).tls(caFile))
	require.NoError(t, err)
	require.True(t, roots.AppendCertsFromPEM(ca))
	s.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	s.do("GET", "/healthz", nil, http.StatusOK, nil)

	old := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/healthz", http.NoBody)
	require.NoError(t, err)
	_, err = old.RoundTrip(r) //nolint:bodyclose // there is no answer
	require.ErrorContains(t, err, "protocol version")
}

func TestACertificateIsForItsHosts(t *testing.T) {
	d := dataDir(dir(t))
	_, err := initialise(d, []string{"phoenix.example.com", "192.0.2.1"}, time.Now())
	require.NoError(t, err)
	pair, err := d.certificate(settings{})
	require.NoError(t, err)
	for _, host := range []string{"localhost", "127.0.0.1", "phoenix.example.com", "192.0.2.1"} {
		require.NoError(t, pair.Leaf.VerifyHostname(host), host)
	}
	require.Error(t, pair.Leaf.VerifyHostname("other.example.com"))
}

func TestBeyondThisMachineTLSIsNeeded(t *testing.T) {
	_, err := run(t, "--data-dir", dir(t), "--listen", "0.0.0.0:0")
	require.ErrorContains(t, err, "run phoenix-controlplane init")
	_, err = run(t, "--data-dir", dir(t), "--listen", fmt.Sprintf("127.0.0.1:%d", 1<<17))
	require.ErrorContains(t, err, "give another --listen")
	_, err = run(t, "--data-dir", dir(t), "--collector", "/nowhere")
	require.ErrorContains(t, err, "collector:")
}
