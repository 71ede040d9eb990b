// Package impact says which queries of alert rules, recording rules and
// dashboards would lose series if a pipeline were to run:
//
//	queries, err := impact.Read("alerts.yaml", text)
//	report := impact.Of(queries, impact.Processes(scrapes, result))
//
// A sum over all processes loses nothing, because _other_ has what is no longer
// sent under a name. A query that asks for processes by name does, if they are
// dropped: the report has the critical list that would keep them. Queries on
// what a recording rule records are looked at in the rule.
package impact
