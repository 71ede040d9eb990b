package otlplimit

import "google.golang.org/protobuf/encoding/protowire"

// kind is a message of an OTLP export request, or what a field of one holds.
type kind uint8

const (
	unknown kind = iota // a field that is none of these; skipped
	text                // a string
	blob                // bytes
	packed              // numbers, some of which take more memory than bytes
	request
	resourceMetrics
	resource
	entity
	scopeMetrics
	scope
	metric
	numbers
	number
	histograms
	histogram
	exponentials
	exponential
	buckets
	summaries
	summary
	quantile
	exemplar
	attribute
	value
	array
	list
	kinds
)

// shape has the fields of each message that can hold something of any length,
// as of opentelemetry-proto 1.9.
var shape = [kinds]map[protowire.Number]kind{
	request:         {1: resourceMetrics},
	resourceMetrics: {1: resource, 2: scopeMetrics, 3: text},
	resource:        {1: attribute, 3: entity},
	entity:          {1: text, 2: text, 3: text, 4: text},
	scopeMetrics:    {1: scope, 2: metric, 3: text},
	scope:           {1: text, 2: text, 3: attribute},
	metric:          {1: text, 2: text, 3: text, 5: numbers, 7: numbers, 9: histograms, 10: exponentials, 11: summaries, 12: attribute},
	numbers:         {1: number},
	number:          {5: exemplar, 7: attribute},
	histograms:      {1: histogram},
	histogram:       {6: packed, 7: packed, 8: exemplar, 9: attribute},
	exponentials:    {1: exponential},
	exponential:     {1: attribute, 8: buckets, 9: buckets, 11: exemplar},
	buckets:         {2: packed},
	summaries:       {1: summary},
	summary:         {6: quantile, 7: attribute},
	quantile:        {},
	exemplar:        {7: attribute},
	attribute:       {1: text, 2: value},
	value:           {1: text, 5: array, 6: list, 7: blob},
	array:           {1: value},
	list:            {1: attribute},
}
