package metrics

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/config"
)

// Settings of a [Store].
type Settings struct {
	// Dir is the store's own folder; it is made if need be.
	Dir string
	// Retention is for how long samples are kept; 0: 15 days.
	Retention time.Duration
	// MaxBytes is how much disk blocks and write-ahead log may take before the
	// oldest blocks go; 0: 2 GiB.
	MaxBytes int64

	// PrometheusURL is that of a Prometheus, or of what speaks its API, such as
	// http://prometheus:9090: samples are forwarded to it, and it is asked.
	// Empty: the store keeps them itself. Link-local addresses are not dialled.
	PrometheusURL string
	// PrometheusHTTP is how it is reached: authentication, TLS.
	PrometheusHTTP config.HTTPClientConfig
	// RemoteWritePath is where it takes remote writes, under its URL; empty:
	// /api/v1/write.
	RemoteWritePath string

	// QueryTimeout bounds a query; 0: 30 s.
	QueryTimeout time.Duration
	// MaxSamples is how many samples a query may have in memory at a time; 0:
	// 5 million, which are some 80 MB.
	MaxSamples int

	// Log is for what an operator should know; nil: nobody is told.
	Log *slog.Logger
	// Registerer is given the store's metrics; nil: nobody is.
	Registerer prometheus.Registerer
	// Now is the clock; nil: the machine's.
	Now func() time.Time
}

func (s Settings) withDefaults() Settings {
	s.Retention = or(s.Retention, 15*24*time.Hour)
	s.MaxBytes = or(s.MaxBytes, 2<<30)
	s.RemoteWritePath = or(s.RemoteWritePath, "/api/v1/write")
	s.QueryTimeout = or(s.QueryTimeout, 30*time.Second)
	s.MaxSamples = or(s.MaxSamples, 5_000_000)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.PrometheusHTTP.FollowRedirects = false // to where nobody allowed
	return s
}

func or[T comparable](v, otherwise T) T {
	var none T
	if v == none {
		return otherwise
	}
	return v
}

func (s Settings) validate() error {
	var errs []error
	if s.Dir == "" {
		errs = append(errs, errors.New("metrics folder: none is given; set the data folder"))
	}
	if s.Retention < 2*time.Hour {
		errs = append(errs, fmt.Errorf("metrics retention: %s; at least 2h are needed, which is how long a block is", s.Retention))
	}
	if s.MaxBytes < 64<<20 {
		errs = append(errs, fmt.Errorf("metrics size: %d bytes; at least %d (64 MiB) are needed", s.MaxBytes, 64<<20))
	}
	if s.QueryTimeout < 0 || s.MaxSamples < 0 {
		errs = append(errs, errors.New("limits of metrics queries: must not be negative"))
	}
	if s.PrometheusURL != "" {
		u, err := url.Parse(s.PrometheusURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			errs = append(errs, fmt.Errorf("prometheus url: %.200q; give one such as http://prometheus:9090", s.PrometheusURL))
		}
	}
	return errors.Join(errs...)
}
