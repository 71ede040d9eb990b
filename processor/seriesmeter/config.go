package seriesmeter

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"sort"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/problems"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// Config says what a meter measures and where its records go.
type Config struct {
	// Variant names the pipeline; meters of the same variant are compared.
	Variant string `mapstructure:"variant"`
	// Role is input or output: where in the pipeline the meter is.
	Role Role `mapstructure:"role"`
	// Critical lists the processes whose retention is watched.
	Critical critical.List `mapstructure:"critical"`
	// Window is the time over which distinct series are counted.
	Window time.Duration `mapstructure:"window"`
	// Identity says what an exporter makes a series of: resource (the default)
	// for resource and point attributes, point for an exporter that leaves the
	// resource's out.
	Identity Identity `mapstructure:"identity"`
	// OtherName is the process.executable.name of the process that stands for
	// those that were dropped.
	OtherName string `mapstructure:"other_name"`
	// Records is where records are sent to as OTLP over HTTP. They are not sent
	// without an endpoint.
	Records confighttp.ClientConfig `mapstructure:"records"`
}

// Role is input or output.
type Role string

// Identity is resource or point.
type Identity string

const (
	identityResource Identity = "resource"
	identityPoint    Identity = "point"

	minWindow = time.Minute
	maxWindow = 24 * time.Hour

	// sendTimeout is the default of records.timeout: a server that takes a
	// request and says nothing must not hold up the records after it.
	sendTimeout = 10 * time.Second
)

func createDefaultConfig() component.Config {
	records := confighttp.NewDefaultClientConfig()
	records.Timeout = sendTimeout
	return &Config{
		Variant: "default", Window: time.Hour, Identity: identityResource, OtherName: "_other_",
		Records: records,
	}
}

// Unmarshal reads the configuration. The HTTP client's settings take any key,
// so that a mistyped endpoint would send nothing anywhere: they are checked
// here.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	return errors.Join(conf.Unmarshal(c), checkRecords(conf))
}

func checkRecords(conf *confmap.Conf) error {
	records, err := conf.Sub("records")
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for field := range reflect.TypeFor[confighttp.ClientConfig]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get(confmap.MapstructureTag), ",")
		known[name] = true
	}
	var unknown []string
	for key := range records.ToStringMap() {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	sort.Strings(unknown)
	return fmt.Errorf("'records' has invalid keys: %s", strings.Join(unknown, ", "))
}

// Validate reports every problem of the plain values, in one line: the
// collector puts the path before the first line only.
func (c *Config) Validate() error {
	var p problems.List
	p.Check(c.Variant != "", "variant: is empty; drop the key to use default")
	p.Check(c.Window >= minWindow && c.Window <= maxWindow, "window: must be between 1m and 24h, got %s; drop the key to use 1h", c.Window)
	p.Check(c.OtherName != "", "other_name: is empty; drop the key to use _other_")
	p.Check(c.sendable(), "records::endpoint: %q is not the URL of a server, such as http://127.0.0.1:4318; drop the key to send no records", c.Records.Endpoint)
	p.Check(c.Records.Timeout >= 0, "records::timeout: must not be negative, got %s; drop the key to use %s", c.Records.Timeout, sendTimeout)
	return p.Err()
}

// sendable reports whether there is nowhere to send records to, or a place
// that HTTP can reach.
func (c *Config) sendable() bool {
	if c.Records.Endpoint == "" {
		return true
	}
	u, err := url.Parse(c.Records.Endpoint)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Validate reports an unknown or missing value.
func (r Role) Validate() error {
	switch r {
	case scraperecord.RoleInput, scraperecord.RoleOutput:
		return nil
	case "":
		return errors.New("is missing; say input before the processors to measure, output behind them")
	}
	return fmt.Errorf("must be input or output, got %q; say input before the processors to measure, output behind them", string(r))
}

// Validate reports an unknown value.
func (i Identity) Validate() error {
	if i != identityResource && i != identityPoint {
		return fmt.Errorf("must be resource or point, got %q; drop the key to use resource", string(i))
	}
	return nil
}
