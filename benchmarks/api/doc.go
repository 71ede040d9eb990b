// Package api measures how the API of the control plane answers under load: the
// built program, with agents that have a history, and requests of all kinds that
// come at a steady rate, whether the ones before were answered or not.
//
//	go test ./benchmarks/api -v -timeout 10m -load.agents=1000 -load.rate=1000 -load.duration=60s -load.p95=50ms
//
// It prints, for each route, how many requests were sent, the latency from the
// moment a request was due, and the program's CPU and memory. A request that was
// lost, or answered with anything but what its route promises, fails it.
package api
