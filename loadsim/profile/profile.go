package profile

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Parameters are the numbers of a plan.
type Parameters struct {
	// Profile is the name of one of [All].
	Profile string
	// Duration, ProcessCount and ChurnRate are the profile's own if 0.
	Duration     time.Duration
	ProcessCount int
	ChurnRate    float64 // births per second
	Seed         uint64
	// File is the custom profile's, as read by [Read].
	File *File
}

// Profile is a kind of plan.
type Profile struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	// Duration is how long a run takes if nobody says.
	Duration time.Duration `json:"-"`
	// ProcessCount is processes at the beginning, ChurnRate births per second
	// beside them. A range of zeros: this profile takes none.
	ProcessCount Range `json:"process_count"`
	ChurnRate    Range `json:"churn_rate"`

	patterns func(Parameters) []Pattern
}

// Range is what a number may be, and what it is if it is not given.
type Range struct {
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Default float64 `json:"default"`
}

// Custom is the name of the profile that is read from a file.
const Custom = "custom"

// All lists the profiles.
func All() []Profile {
	return []Profile{
		{
			Name: "realistic", Duration: time.Minute,
			Summary:      "a server: nginx, postgres, java and others, steady and spiky, some short-lived, a few restarting",
			ProcessCount: Range{50, 200, 120}, patterns: realistic,
		},
		{
			Name: "high-cardinality", Duration: time.Minute,
			Summary:      "mostly idle processes, each with its own name and command line; 16 work",
			ProcessCount: Range{100, 10_000, 1500}, patterns: highCardinality,
		},
		{
			Name: "process-churn", Duration: time.Minute,
			Summary:      "births and exits beside a small steady population; lifetimes of 0.2 to 5 s",
			ProcessCount: Range{5, 500, 20}, ChurnRate: Range{1, 1000, 25}, patterns: churn,
		},
		{
			Name: Custom, Duration: time.Minute,
			Summary:  "patterns from a YAML file (--file)",
			patterns: func(p Parameters) []Pattern { return p.File.Patterns },
		},
	}
}

// New makes a plan, or reports everything that is wrong with the parameters.
func New(p Parameters) (loadsim.Plan, error) {
	profile, err := find(p.Profile)
	if err != nil {
		return loadsim.Plan{}, err
	}
	p, err = profile.complete(p)
	if err != nil {
		return loadsim.Plan{}, err
	}
	return loadsim.Plan{
		Profile:    p.name(),
		Seed:       p.Seed,
		Parameters: p.record(),
		Duration:   p.Duration,
		Births:     births(profile.patterns(p), p.Duration, p.Seed),
	}, nil
}

func find(name string) (Profile, error) {
	var known []string
	for _, p := range All() {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return Profile{}, fmt.Errorf("there is no profile %q; the profiles are %s", name, strings.Join(known, ", "))
}

// complete sets what was not given and checks what was.
func (profile Profile) complete(p Parameters) (Parameters, error) {
	var errs []error
	if (p.File != nil) != (profile.Name == Custom) {
		errs = append(errs, errors.New("file: the profile custom needs one, and no other takes one"))
	}
	if p.Duration < 0 {
		errs = append(errs, fmt.Errorf("duration: %s; give one above 0", p.Duration))
	}
	if p.Duration == 0 {
		p.Duration = profile.Duration
		if p.File != nil && p.File.Duration > 0 {
			p.Duration = time.Duration(p.File.Duration)
		}
	}
	count, err := profile.ProcessCount.choose("process-count", profile.Name, float64(p.ProcessCount))
	errs = append(errs, err)
	rate, err := profile.ChurnRate.choose("churn-rate", profile.Name, p.ChurnRate)
	errs = append(errs, err)
	p.ProcessCount, p.ChurnRate = int(count), rate
	return p, errors.Join(errs...)
}

// choose returns a number, or the default if it is 0.
func (r Range) choose(key, profile string, given float64) (float64, error) {
	switch {
	case given == 0:
		return r.Default, nil
	case r.Max == 0:
		return 0, fmt.Errorf("%s: %s takes none; leave it out (`loadsim profiles` lists who does)", key, profile)
	case !(given >= r.Min && given <= r.Max):
		return 0, fmt.Errorf("%s: %v; %s takes %v to %v", key, given, profile, r.Min, r.Max)
	}
	return given, nil
}

func (p Parameters) name() string {
	if p.File != nil && p.File.Name != "" {
		return p.File.Name
	}
	return p.Profile
}

// record is what the truth says of the parameters.
func (p Parameters) record() map[string]any {
	all := map[string]any{"duration": p.Duration.String(), "process_count": p.ProcessCount, "churn_rate": p.ChurnRate}
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == 0 || v == 0.0 })
	return all
}
