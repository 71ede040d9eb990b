package phoenixopamp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/open-telemetry/opamp-go/client/types"
	"go.opentelemetry.io/collector/config/configtls"
)

// answerTime is how long an answer by plain HTTP may take.
const answerTime = 30 * time.Second

// security reads the files of the server's TLS keys; nil without encryption.
// Our own certificate is read anew every minute at most. Without ca_file, a
// granted CA is trusted besides those of the system.
func (s *Server) security(granted string) (*tls.Config, error) {
	if !s.encrypted() {
		return nil, nil
	}
	conf := configtls.ClientConfig{Config: configtls.Config{
		CAFile: s.TLS.CAFile, CertFile: s.TLS.CertFile, KeyFile: s.TLS.KeyFile,
	}}
	if s.TLS.CAFile == "" && granted != "" {
		conf.CAFile, conf.IncludeSystemCACertsPool = granted, true
	}
	if s.TLS.CertFile != "" {
		conf.ReloadInterval = time.Minute
	}
	loaded, err := conf.LoadTLSConfig(context.Background())
	if err != nil {
		return nil, fmt.Errorf("server.tls: %w", err)
	}
	return loaded, nil
}

// bear puts the token of a file into a header. Without a file there is none.
func bear(h http.Header, file string) error {
	if file == "" {
		return nil
	}
	token, err := readToken("token_file", file)
	if err != nil {
		return err
	}
	h.Set("Authorization", "Bearer "+token)
	return nil
}

// readToken reads the token of a key's file, which is all of it but the white
// space around it.
func readToken(key, file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s: %s must hold one line of visible characters", key, file)
	}
	return token, nil
}

func pollTransport(security *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = security
	t.DisableCompression = true
	return t
}

// poll is the way of requests by plain HTTP: each has the token of its time.
type poll struct {
	http.RoundTripper
	tokenFile string
	tried     func() // notes an attempt
}

// RoundTrip makes an error of a server's, which the client would else take for
// the end of the message.
func (p *poll) RoundTrip(r *http.Request) (*http.Response, error) {
	p.tried()
	r = r.Clone(r.Context())
	if err := bear(r.Header, p.tokenFile); err != nil {
		return nil, err
	}
	resp, err := p.RoundTripper.RoundTrip(r)
	if err != nil || resp.StatusCode < http.StatusBadRequest || laterOn(resp.StatusCode) {
		return resp, err
	}
	resp.Body.Close()
	return nil, fmt.Errorf("the server answered %s", resp.Status)
}

// laterOn says whether the client knows what to do: it obeys Retry-After.
func laterOn(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// wait is how long to wait between attempts: longer each time, and never as
// long as others do.
type wait struct {
	ctx    context.Context // of the connection; its end ends every wait
	timing timing
	again  *backoff.ExponentialBackOff // between connections that do not last
}

func newWait(ctx context.Context, t timing) *wait {
	w := &wait{ctx: ctx, timing: t}
	w.again = w.exponential()
	return w
}

func (w *wait) exponential() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = w.timing.firstWait, w.timing.longestWait, 2
	b.Reset()
	return b
}

func (w *wait) policy() types.BackoffPolicy {
	if w.ctx.Err() != nil {
		return over{}
	}
	return w.exponential()
}

// over is for a connection that is closed: there is no other attempt. The client
// comes back until it has heard of it, too.
type over struct{}

func (over) NextBackOff() time.Duration {
	time.Sleep(time.Millisecond)
	return -1
}

// lasting is how long a connection must last to be a good one.
const lasting = time.Minute

// before waits before the connection after one that has ended, and not before
// the first.
func (w *wait) before(last standing) {
	if !last.Connected {
		return
	}
	if time.Since(last.Since) >= lasting {
		w.again.Reset()
	}
	select {
	case <-w.ctx.Done():
	case <-time.After(w.again.NextBackOff()):
	}
}
