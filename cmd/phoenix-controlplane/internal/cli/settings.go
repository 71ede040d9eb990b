package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// settings are what a user can set. The keys are the flags' names.
type settings struct {
	DataDir string `koanf:"data-dir"`
	Config  string `koanf:"config"`

	Listen         string   `koanf:"listen"`
	Insecure       bool     `koanf:"insecure"`
	TLSCert        string   `koanf:"tls-cert"`
	TLSKey         string   `koanf:"tls-key"`
	AllowedHosts   []string `koanf:"allowed-hosts"`
	TrustedProxies []string `koanf:"trusted-proxies"`

	MetricsRetention time.Duration `koanf:"metrics-retention"`
	MetricsMaxBytes  int64         `koanf:"metrics-max-bytes"`
	PrometheusURL    string        `koanf:"prometheus-url"`

	Collector string `koanf:"collector"`
	Recording string `koanf:"recording"`

	TracesURL string `koanf:"traces-url"`
	LogLevel  string `koanf:"log-level"`
	LogFormat string `koanf:"log-format"`
}

func addServeFlags(f *pflag.FlagSet) {
	f.String("listen", "127.0.0.1:4320", "HOST:PORT to listen on")
	f.Bool("insecure", false, "listen beyond this machine without TLS: tokens and configurations can be read on the way")
	f.String("tls-cert", "", "certificate as PEM; by default that of init, if there is one")
	f.String("tls-key", "", "its key as PEM")
	f.StringSlice("allowed-hosts", nil, "names by which the server may be called, beside those of this machine and of --listen")
	f.StringSlice("trusted-proxies", nil, "addresses or networks whose X-Forwarded-For counts")
	f.Duration("metrics-retention", 15*24*time.Hour, "for how long metrics are kept")
	f.Int64("metrics-max-bytes", 2<<30, "how many bytes of disk metrics may take before the oldest go")
	f.String("prometheus-url", "", "Prometheus to forward metrics to and to ask, instead of keeping them here")
	f.String("collector", "", "otelcol-phoenix that is asked whether it takes a configuration; by default that beside this program")
	f.String("recording", "", "scrapes of record-scrapes that pipelines are simulated over (those of the catalog if not given)")
	f.String("traces-url", "", "where traces of requests are sent by OTLP/HTTP, such as http://localhost:4318/v1/traces; without it nowhere")
	f.String("log-level", "info", "debug, info, warn or error")
	f.String("log-format", "text", "text or json")
}

// settingFlags are the flags that are settings, whichever command was given.
func settingFlags(cmd *cobra.Command) *pflag.FlagSet {
	all := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	all.AddFlagSet(cmd.Root().PersistentFlags())
	all.AddFlagSet(cmd.Root().LocalNonPersistentFlags())
	return all
}

const environment = "PHOENIX_"

// loadSettings puts flags over the environment over the file. Keys that are not
// known are errors, all at once.
func loadSettings(flags *pflag.FlagSet) (settings, error) {
	k := koanf.New("::") // no key has it: keys are flat
	variables := env.Provider("::", env.Opt{Prefix: environment, TransformFunc: fromEnvironment(flags)})
	path, err := configFile(flags)
	if err != nil {
		return settings{}, err
	}
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return settings{}, fmt.Errorf("read settings %s: %w; check --config", path, err)
		}
	}
	errs := unknown(k, flags, "settings file "+path, func(key string) string { return key })
	e := koanf.New("::")
	if err := e.Load(variables, nil); err != nil {
		return settings{}, fmt.Errorf("read the environment: %w", err)
	}
	errs = append(errs, unknown(e, flags, "environment", environmentName)...)
	if err := errors.Join(k.Merge(e), k.Load(posflag.Provider(flags, "::", k), nil)); err != nil {
		return settings{}, fmt.Errorf("read settings: %w", err)
	}
	var s settings
	if err := k.Unmarshal("", &s); err != nil {
		errs = append(errs, fmt.Errorf("settings: %w", err))
	}
	if len(errs) == 0 {
		errs = append(errs, s.validate())
	}
	return s, errors.Join(errs...)
}

// configFile is where the settings file is, by the flag or the environment.
func configFile(flags *pflag.FlagSet) (string, error) {
	path, err := flags.GetString("config")
	if err == nil && path == "" {
		path = os.Getenv(environment + "CONFIG")
	}
	return path, err
}

// fromEnvironment makes a setting of a variable. The items of a list have commas
// between them.
func fromEnvironment(flags *pflag.FlagSet) func(name, value string) (string, any) {
	return func(name, value string) (string, any) {
		key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, environment)), "_", "-")
		if f := flags.Lookup(key); f != nil && f.Value.Type() == "stringSlice" {
			return key, strings.Split(value, ",")
		}
		return key, value
	}
}

func environmentName(key string) string {
	return environment + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// unknown lists keys that are no flag's name.
func unknown(k *koanf.Koanf, flags *pflag.FlagSet, where string, spell func(string) string) (errs []error) {
	for _, key := range k.Keys() {
		if slices.Contains([]string{"help", "version"}, key) || flags.Lookup(key) == nil {
			errs = append(errs, fmt.Errorf("%s: %s is no setting; --help lists them", where, spell(key)))
		}
	}
	return errs
}

// validate reports everything that is wrong, each with its key.
func (s settings) validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	_, port, err := net.SplitHostPort(s.Listen)
	check(err == nil && port != "", "listen: %q; give HOST:PORT, such as 127.0.0.1:4320", s.Listen)
	check(s.DataDir != "", "data-dir: is empty; give a folder")
	check((s.TLSCert == "") == (s.TLSKey == ""), "tls-cert, tls-key: give both or none")
	check(s.MetricsRetention >= 2*time.Hour, "metrics-retention: %s; at least 2h are needed", s.MetricsRetention)
	check(s.MetricsMaxBytes >= 64<<20, "metrics-max-bytes: %d; at least %d are needed", s.MetricsMaxBytes, 64<<20)
	check(s.PrometheusURL == "" || isHTTP(s.PrometheusURL), "prometheus-url: give one such as http://prometheus:9090")
	check(s.TracesURL == "" || isHTTP(s.TracesURL), "traces-url: give one such as http://localhost:4318/v1/traces")
	_, err = s.proxies()
	check(err == nil, "trusted-proxies: %v", err)
	_, err = s.level()
	check(err == nil, "log-level: %q; give debug, info, warn or error", s.LogLevel)
	check(s.LogFormat == "text" || s.LogFormat == "json", "log-format: %q; give text or json", s.LogFormat)
	return errors.Join(errs...)
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (s settings) proxies() (prefixes []netip.Prefix, err error) {
	for _, text := range s.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%q; give an address or a network, such as 10.0.0.0/8", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

func (s settings) level() (l slog.Level, err error) {
	err = l.UnmarshalText([]byte(s.LogLevel))
	return l, err
}

// loopback says whether only this machine reaches the listener.
func (s settings) loopback() bool {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
