// Package selfmetrics publishes the state of a run as metrics: to Prometheus on
// a loopback address, and by OTLP.
//
//	phoenix.loadsim.active_processes  living processes
//	phoenix.loadsim.spawned           processes born, a counter
//	phoenix.loadsim.failed            attempts that made none, a counter
//	phoenix.loadsim.churn_rate        births per second
//	phoenix.loadsim.cpu_asked         cores that the loads of the living want
//	phoenix.loadsim.cpu_achieved      cores that processes got
//
// For Prometheus the dots are underscores and counters end in _total.
package selfmetrics
