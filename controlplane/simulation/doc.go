// Package simulation says what a pipeline would do to a host, by running it
// over scrapes that were recorded:
//
//	result, err := simulator.Run(ctx, config, scrapes)
//
// The pipeline of processes runs in a child collector. Only its processors are
// the configuration's: receivers and exporters are replaced by ends on
// loopback, nothing is expanded, and no processor that reads files or reaches
// out is taken. So a configuration of anybody's can be tried on a server.
package simulation
