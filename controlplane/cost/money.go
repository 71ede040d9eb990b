package cost

import (
	"fmt"
	"strings"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// HoursOfMonth is how long a month is when series are paid by the month.
const HoursOfMonth = 730

const formula = "points saved / 1,000,000 × price per million points" +
	" + series hours saved / 730 × price per active series and month" +
	" + bytes saved / 1,000,000,000 × price per GB"

// Money is what was saved in the currency of the prices, by what it is charged
// for.
type Money struct {
	Points float64 `json:"points"`
	Series float64 `json:"series"`
	Bytes  float64 `json:"bytes"`
	Total  float64 `json:"total"`
	// PerMonth is the total as if it went on for a month; 0 without measurements.
	PerMonth float64 `json:"perMonth"`
}

// price computes the money and shows how.
func (s *Saving) price(p controlplane.Prices) {
	bytes := Amount{}
	if s.Bytes != nil {
		bytes = *s.Bytes
	}
	terms := []struct {
		to          *float64
		saved       float64
		of          string
		unit, price float64
	}{
		{&s.Money.Points, s.Points.Saved(), "points", 1e6, p.PerMillionPoints},
		{&s.Money.Series, s.SeriesHours.Saved(), "series hours", HoursOfMonth, p.PerActiveSeriesMonth},
		{&s.Money.Bytes, bytes.Saved(), "bytes", 1e9, p.PerGB},
	}
	texts := make([]string, len(terms))
	for i, t := range terms {
		*t.to = t.saved / t.unit * t.price
		s.Money.Total += *t.to
		texts[i] = fmt.Sprintf("%.0f %s / %.0f × %g", t.saved, t.of, t.unit, t.price)
	}
	if s.Bytes == nil {
		texts[2] = "bytes, which are not known"
	}
	if s.Hours > 0 {
		s.Money.PerMonth = s.Money.Total / s.Hours * HoursOfMonth
	}
	s.Calculation = fmt.Sprintf("%s = %.2f %s", strings.Join(texts, " + "), s.Money.Total, p.Currency)
}
