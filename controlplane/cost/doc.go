// Package cost says what deployments save, in points, series, bytes and money.
//
// Savings compares what came into the deployed pipelines with what they sent
// on, on the same scrapes of the same hosts, and multiplies the difference by
// the prices of the price book. The formula is part of the answer, with the
// numbers that were put in.
//
//	report, err := cost.Savings(ctx, store, prices, cost.Window{From: yesterday, To: now})
package cost
