package controlplane

import (
	"context"
	"errors"
	"regexp"

	"github.com/google/uuid"
)

// KindPriceBook is the kind of a [PriceBook].
const KindPriceBook = "PriceBook"

// PriceBook is what a metrics backend charges. There is one.
type PriceBook struct {
	TypeMeta
	Metadata Metadata `json:"metadata"`
	Spec     Prices   `json:"spec"`
}

// Prices are in one currency; a price of 0 is not charged.
type Prices struct {
	// Currency is its ISO 4217 code.
	Currency string `json:"currency"`
	// PerMillionPoints is for a million data points.
	PerMillionPoints float64 `json:"perMillionPoints"`
	// PerActiveSeriesMonth is for a series that was active in a month.
	PerActiveSeriesMonth float64 `json:"perActiveSeriesMonth"`
	// PerGB is for 10^9 bytes received.
	PerGB float64 `json:"perGB"`
	// Source says where the prices are from, for people.
	Source string `json:"source,omitempty"`
}

// priceBookName is that of the only price book.
const priceBookName = "default"

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

func (s Prices) validate() error {
	var p problems
	p.check(currency.MatchString(s.Currency), "/spec/currency", "currency: %.20q; give three letters such as USD", s.Currency)
	for _, price := range []struct {
		key   string
		value float64
	}{{"perMillionPoints", s.PerMillionPoints}, {"perActiveSeriesMonth", s.PerActiveSeriesMonth}, {"perGB", s.PerGB}} {
		p.check(price.value >= 0 && price.value <= 1e9, "/spec/"+price.key, "%s: %v; give a price from 0 to 1e9", price.key, price.value)
	}
	p.check(len(s.Source) <= longestReason, "/spec/source", "source: has %d bytes; at most %d are possible", len(s.Source), longestReason)
	return p.err()
}

// PriceBook returns the price book. Until somebody sets one all prices are 0.
func (s *Service) PriceBook(ctx context.Context, by Caller) (PriceBook, error) {
	if err := s.Allow(ctx, by, Read, priceBookObject); err != nil {
		return PriceBook{}, err
	}
	return view(ctx, s, func(r Reader) (PriceBook, error) { return priceBook(ctx, r) })
}

const priceBookObject = "pricebook/" + priceBookName

func priceBook(ctx context.Context, r Reader) (PriceBook, error) {
	b, err := r.PriceBook(ctx)
	if errors.Is(err, ErrNotFound) {
		return PriceBook{
			TypeMeta: TypeMeta{APIVersion: APIVersion, Kind: KindPriceBook},
			Metadata: Metadata{Name: priceBookName, ResourceVersion: "0"},
			Spec:     Prices{Currency: "USD", Source: "nobody set prices yet"},
		}, nil
	}
	return b, err
}

// SetPriceBook replaces the prices.
func (s *Service) SetPriceBook(ctx context.Context, by Caller, prices Prices, resourceVersion string) (PriceBook, error) {
	if err := s.admit(ctx, by, SetPriceBook, priceBookObject, prices.validate()); err != nil {
		return PriceBook{}, err
	}
	return commit(ctx, s, by, SetPriceBook, priceBookObject, func(u *unit) (PriceBook, error) {
		b, err := priceBook(ctx, u)
		if err != nil {
			return b, err
		}
		if err := fresh(b.Metadata, "price book", resourceVersion); err != nil {
			return b, err
		}
		u.event = "the prices were changed"
		if err := errors.Join(u.before(b.Spec), u.after(prices)); err != nil {
			return b, err
		}
		if b.Metadata.Generation == 0 {
			b.Metadata.UID, b.Metadata.CreatedAt = uuid.Must(uuid.NewV7()).String(), u.now
		}
		b.Spec = prices
		b.Metadata.Generation++
		if err := u.revise(ctx, &b.Metadata); err != nil {
			return b, err
		}
		return b, u.PutPriceBook(ctx, b)
	})
}
