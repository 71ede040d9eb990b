package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

// The files of init.
const (
	caFile     = "ca.pem"
	caKeyFile  = "ca-key.pem"
	certFile   = "server.pem"
	keyFile    = "server-key.pem"
	caLife     = 10 * 365 * 24 * time.Hour
	serverLife = 397 * 24 * time.Hour // what browsers take at most
	// clockSkew is how far the clock of an agent may be behind.
	clockSkew = time.Hour
)

func newInit() *cobra.Command {
	var hosts []string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make an authority and a certificate for the server",
		Long: `Makes a certificate authority and a certificate that it signs, in the folder tls
of the data folder. The server uses them from its next start on, and gives the
authority's certificate to the agents that enrol. Repeated, it makes a new
certificate of the same authority.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := loadSettings(settingFlags(cmd))
			if err != nil {
				return err
			}
			ca, err := initialise(dataDir(set.DataDir), hosts, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "authority: %s\nSHA-256:   %x\n", dataDir(set.DataDir).tls(caFile), ca)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&hosts, "host", nil, "name or address of the server, beside localhost; may be repeated")
	return cmd
}

// initialise makes what is missing, and returns the fingerprint of the
// authority.
func initialise(d dataDir, hosts []string, now time.Time) ([32]byte, error) {
	if err := os.MkdirAll(d.tls(""), 0o700); err != nil {
		return [32]byte{}, fmt.Errorf("make the folder for certificates: %w; check --data-dir", err)
	}
	ca, err := tls.LoadX509KeyPair(d.tls(caFile), d.tls(caKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		ca, err = issueTo(d.tls(caFile), d.tls(caKeyFile), authorityTemplate(now), nil)
	}
	if err != nil {
		return [32]byte{}, fmt.Errorf("the authority's certificate: %w", err)
	}
	if _, err := issueTo(d.tls(certFile), d.tls(keyFile), serverTemplate(hosts, now), &ca); err != nil {
		return [32]byte{}, fmt.Errorf("the server's certificate: %w", err)
	}
	return sha256.Sum256(ca.Leaf.Raw), nil
}

func authorityTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "Phoenix control plane authority"}, NotBefore: now.Add(-clockSkew), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func serverTemplate(hosts []string, now time.Time) *x509.Certificate {
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Phoenix control plane"}, NotBefore: now.Add(-clockSkew), NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range append([]string{"localhost", "127.0.0.1", "::1"}, hosts...) {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	return t
}

// issueTo makes a key and a certificate, signed by the authority or by itself,
// and writes both. The key comes first: a certificate without its key is of no
// use.
func issueTo(certPath, keyPath string, t *x509.Certificate, ca *tls.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	parent, signer := t, any(key)
	if ca != nil {
		parent, signer = ca.Leaf, ca.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writePEM(keyPath, "PRIVATE KEY", private, 0o600); err != nil {
		return tls.Certificate{}, err
	}
	if err := writePEM(certPath, "CERTIFICATE", der, 0o644); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(certPath, keyPath)
}

func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	return renameio.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// certificate is the server's; nil: there is none.
func (d dataDir) certificate(set settings) (*tls.Certificate, error) {
	cert, key := set.TLSCert, set.TLSKey
	if cert == "" {
		cert, key = d.tls(certFile), d.tls(keyFile)
		if _, err := os.Stat(cert); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w; check tls-cert and tls-key, or run init again", err)
	}
	return &pair, nil
}

// authority is the certificate of init's authority as PEM; empty: there is none.
func (d dataDir) authority() (string, error) {
	text, err := os.ReadFile(d.tls(caFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the authority's certificate: %w", err)
	}
	return string(text), nil
}
