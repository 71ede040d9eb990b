// Package metrics keeps what agents measure and answers questions about it.
//
// Agents send the records of their meters as OTLP over HTTP to the handler of
// [Store.Ingest]: what is kept of it is an allow-list (keep.yaml), and who sent it is
// stamped by the server. A [Store] puts it into a Prometheus TSDB of its own,
// or forwards it to a Prometheus by remote write. Either way it is asked in
// PromQL through the same client of Prometheus' HTTP API:
//
//	s, err := metrics.Open(metrics.Settings{Dir: "metrics", Log: log})
//	mux.Handle("POST /otlp/v1/metrics", s.Ingest(whoSends))
//	answer, err := s.Query(ctx, `sum by (deployment) (phoenix_scrape_series{phoenix_role="output"})`, time.Now())
//
// Damage never stops a store: it moves aside what is damaged, goes on with the
// rest, and tells of it ([Store.Problems]).
package metrics
