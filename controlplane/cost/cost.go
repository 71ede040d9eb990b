package cost

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/metrics"
)

// Window is the time that savings are of.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// shortest is the shortest window, as savings are summed by the minute.
const shortest = time.Minute

// Report is what was saved in a window.
type Report struct {
	Window
	Prices controlplane.Prices `json:"prices"`
	// Formula is how money is computed; the savings have it with their numbers.
	Formula string `json:"formula"`
	// Against says what the savings are compared with.
	Against string `json:"against"`
	// Total is that of all deployments; its deployment is empty.
	Total Saving `json:"total"`
	// Deployments are sorted by name. One without a name is of agents that
	// belong to none.
	Deployments []Saving `json:"deployments"`
}

// Saving is what one deployment saved, or all of them.
type Saving struct {
	Deployment string `json:"deployment,omitempty"`
	// Versions ran in the window, on Hosts. The total has none.
	Versions []string `json:"versions"`
	Hosts    []string `json:"hosts"`
	// Hours is how much of the window there are measurements of.
	Hours float64 `json:"hours"`

	Points      Amount `json:"points"`
	SeriesHours Amount `json:"seriesHours"` // one active series for one hour
	// Bytes is nil if input meters send no records: what came in is not known.
	// The total is that of the deployments of which it is known.
	Bytes *Amount `json:"bytes"`

	Money       Money  `json:"money"`
	Calculation string `json:"calculation"`
	// ShareOfExported is the part of all points that the collectors would export
	// that is saved, whatever their pipelines; nil: they do not say what they export.
	ShareOfExported *float64 `json:"shareOfExported"`

	exported float64 // points
}

// newSaving is one that nothing is known of: its lists are empty, not null.
func newSaving(deployment string) *Saving {
	return &Saving{Deployment: deployment, Versions: []string{}, Hosts: []string{}}
}

// Amount is something before and behind the processors of the pipelines.
type Amount struct {
	In  float64 `json:"in"`
	Out float64 `json:"out"`
}

// Saved can be negative: a pipeline can send more than it has.
func (a Amount) Saved() float64 { return a.In - a.Out }

func (s *Saving) bytes() *Amount {
	if s.Bytes == nil {
		s.Bytes = &Amount{}
	}
	return s.Bytes
}

func (a Amount) plus(b Amount) Amount { return Amount{a.In + b.In, a.Out + b.Out} }

const against = "what came in at the input meters of the same pipelines, on the same scrapes of the same hosts"

// Savings returns what was saved in a window. Its errors are those of
// [metrics.Store.Query], and that of a window without a minute.
func Savings(ctx context.Context, from Metrics, prices controlplane.Prices, w Window) (Report, error) {
	if w.To.Sub(w.From) < shortest {
		return Report{}, &controlplane.Error{Code: controlplane.CodeInvalid, Message: fmt.Sprintf("window: from %s to %s is shorter than %s", w.From, w.To, shortest)}
	}
	savings := map[string]*Saving{}
	for _, m := range measures {
		if err := m.read(ctx, from, w, savings); err != nil {
			return Report{}, err
		}
	}
	if err := name(ctx, from, w, savings); err != nil {
		return Report{}, err
	}
	return report(prices, w, savings), nil
}

// name says which versions ran on which hosts.
func name(ctx context.Context, from Metrics, w Window, savings map[string]*Saving) error {
	series, err := from.Series(ctx, "phoenix_scrape_input_series", w.From, w.To)
	if err != nil {
		return err
	}
	for _, labels := range series {
		if s := savings[string(labels[metrics.LabelDeployment])]; s != nil {
			s.Hosts = with(s.Hosts, labels[metrics.LabelHost])
			s.Versions = with(s.Versions, labels[metrics.LabelVersion])
		}
	}
	return nil
}

// with adds a value to a sorted list, if it is new and there is one.
func with(list []string, v model.LabelValue) []string {
	i, found := slices.BinarySearch(list, string(v))
	if found || v == "" {
		return list
	}
	return slices.Insert(list, i, string(v))
}

func report(prices controlplane.Prices, w Window, savings map[string]*Saving) Report {
	r := Report{Window: w, Prices: prices, Formula: formula, Against: against, Total: *newSaving(""), Deployments: []Saving{}}
	known := true
	for _, name := range slices.Sorted(maps.Keys(savings)) {
		s := savings[name]
		s.price(prices)
		s.share(s.exported > 0)
		known = known && s.exported > 0
		r.Total.add(*s)
		r.Deployments = append(r.Deployments, *s)
	}
	r.Total.price(prices)
	r.Total.share(known && r.Total.exported > 0)
	return r
}

// share compares what is saved with what would be exported without it.
func (s *Saving) share(known bool) {
	if all := s.exported + s.Points.Saved(); known && all > 0 {
		share := s.Points.Saved() / all
		s.ShareOfExported = &share
	}
}

// add adds another deployment's savings to a total.
func (s *Saving) add(other Saving) {
	s.Points = s.Points.plus(other.Points)
	if other.Bytes != nil {
		*s.bytes() = s.bytes().plus(*other.Bytes)
	}
	s.SeriesHours = s.SeriesHours.plus(other.SeriesHours)
	s.Hours = max(s.Hours, other.Hours)
	s.exported += other.exported
	for _, h := range other.Hosts {
		s.Hosts = with(s.Hosts, model.LabelValue(h))
	}
}
