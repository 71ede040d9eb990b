package httpapi

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/cost"
)

// PriceInput is a price book as a user gives it.
type PriceInput struct {
	APIVersion string              `json:"apiVersion,omitempty" enum:"phoenix.io/v1alpha1"`
	Kind       string              `json:"kind,omitempty" enum:"PriceBook"`
	Metadata   InputMetadata       `json:"metadata,omitzero"`
	Spec       controlplane.Prices `json:"spec"`
}

type (
	setPrices struct {
		Changing
		Body PriceInput
	}
	savingsRequest struct {
		From time.Time `query:"from" doc:"the beginning, as RFC 3339 has it; without it a day before the end"`
		To   time.Time `query:"to" doc:"the end; without it now"`
	}
)

// savingsSpan is what savings are of if nothing is said, and savingsMost the
// longest time.
const (
	savingsSpan = 24 * time.Hour
	savingsMost = 366 * 24 * time.Hour
)

func (s *Server) priceRoutes() {
	const tag = "Savings"
	read := needs(controlplane.Read)
	register(s, get("getPriceBook", "/api/v1/pricebook", tag, "Get the prices"), read, s.getPrices)
	register(s, put("setPriceBook", "/api/v1/pricebook", tag, "Replace the prices"), needs(controlplane.SetPriceBook), s.setPrices)
	register(s, get("getSavings", "/api/v1/savings", tag, "Get what the deployments save, with the formula"), read, s.savings)
}

func (s *Server) getPrices(ctx context.Context, in *Reading) (*tagged[controlplane.PriceBook], error) {
	b, err := s.service.PriceBook(ctx, CallerOf(ctx))
	return resource(*in, b.Metadata, b, err)
}

func (s *Server) setPrices(ctx context.Context, in *setPrices) (*tagged[controlplane.PriceBook], error) {
	b, err := s.service.SetPriceBook(ctx, CallerOf(ctx), in.Body.Spec, in.Body.Metadata.base(in.Changing))
	return changed(b.Metadata, b, err)
}

func (s *Server) savings(ctx context.Context, in *savingsRequest) (*body[cost.Report], error) {
	if s.set.Metrics == nil {
		return nil, errNoMetrics
	}
	w := cost.Window{From: in.From, To: s.at(in.To)}
	if w.From.IsZero() {
		w.From = w.To.Add(-savingsSpan)
	}
	if w.To.Sub(w.From) > savingsMost {
		return nil, wrong("query.from", "from: is more than a year before the end")
	}
	prices, err := s.service.PriceBook(ctx, CallerOf(ctx))
	if err != nil {
		return nil, err
	}
	return plainly(s.set.Metrics.Savings(ctx, prices.Spec, w))
}
