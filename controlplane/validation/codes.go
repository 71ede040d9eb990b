package validation

// The codes of what YAML can do and a configuration does not need.
const (
	CodeSize      Code = "size"
	CodeEncoding  Code = "encoding"
	CodeSyntax    Code = "syntax"
	CodeDocuments Code = "documents"
	CodeNodes     Code = "nodes"
	CodeDepth     Code = "depth"
	CodeDuplicate Code = "duplicate"
	CodeKey       Code = "key"
)

// The codes of a configuration that does not run, or leaks.
const (
	CodeSection    Code = "section"
	CodeReference  Code = "reference"
	CodePipeline   Code = "pipeline"
	CodeCollector  Code = "collector"
	CodeExpression Code = "expression"
	CodeSecret     Code = "secret"
	CodeReach      Code = "reach"
	CodeCollision  Code = "prometheus_collision"
)

// The codes of the process rules.
const (
	CodeNoProcesses   Code = "no_processes"
	CodeBatch         Code = "batch_before"
	CodeMemoryLimiter Code = "memory_limiter"
	CodeNoOptimiser   Code = "no_optimiser"
)

// CodeUnused is that of what is there and does nothing.
const CodeUnused Code = "unused"

// Explanation is what a code means.
type Explanation struct {
	Code Code
	// Level is that of a finding without --strict; for process rules that of
	// templates and pipelines with a Phoenix processor.
	Level Level
	// Meaning and Remedy are sentences without an end.
	Meaning, Remedy string
}

// Codes lists every code.
func Codes() []Explanation {
	return []Explanation{
		{CodeSize, Error, "It has more than 1 MiB", "Remove what is not needed"},
		{CodeEncoding, Error, "It is not UTF-8, or has control characters", "Write it as UTF-8, without them"},
		{CodeSyntax, Error, "It is not YAML", "Correct the line"},
		{CodeDocuments, Error, "It is empty, has more than one document, or is no map of sections", "Write one document with receivers, exporters and service"},
		{CodeNodes, Error, "It has more than 50,000 values when its aliases are written out", "Remove what is not needed; a few aliases of aliases make a bomb"},
		{CodeDepth, Error, "It has more than 32 levels, or an alias that contains itself", "Use fewer levels"},
		{CodeDuplicate, Error, "A key is given twice in one map", "Remove one of them"},
		{CodeKey, Error, "A key is no string, is empty, or has `::` or `$`", "Write it in quotes, or nest keys"},
		{CodeSection, Error, "A section, or a key of `service`, is none that a collector has", "Correct the name"},
		{CodeReference, Error, "A pipeline, or `service::extensions`, names what is not there", "Add it, or correct the name"},
		{CodePipeline, Error, "A pipeline has no receiver or no exporter, names one twice, or there is no pipeline", "Add what is missing"},
		{CodeCollector, Error, "The collector refuses it", "What the message says"},
		{CodeExpression, Error, "A `${…}` expression is neither `${env:NAME}` nor `${file:/path}`", "Use one of them, or write `$$` for a `$`"},
		{CodeSecret, Error, "A secret is written out", "Put it into a variable or a file of the host, and write `${env:NAME}` or `${file:/path}`"},
		{CodeReach, Warning, "A field reads or writes files, or reaches out; no agent lets a remote configuration set it, and for one it is an error", "Leave it out, or keep it in the owner's files"},
		{CodeCollision, Error, "A Prometheus exporter drops the resource attributes that tell processes apart", "Set `resource_to_telemetry_conversion: {enabled: true}`"},
		{CodeNoProcesses, Error, "Nothing here reads processes", "Add the receiver `processmetrics`, or `hostmetrics` with the scraper `process`"},
		{CodeBatch, Error, "A processor that batches is before a Phoenix processor, which needs whole scrapes", "Move it behind, or let the exporter batch"},
		{CodeMemoryLimiter, Error, "`memory_limiter` is not the first processor", "Put it first"},
		{CodeNoOptimiser, Error, "Every process is sent: there is neither a budget nor an optimiser", "Add `topk`, `adaptivefilter`, `processgroup` or `filter`"},
		{CodeUnused, Warning, "A component is in no pipeline", "Use it, or remove it"},
		{"alias", Error, "For an agent: an anchor, an alias or a merge key", "Write the value out"},
		{"tag", Error, "For an agent: an explicit tag", "Remove it"},
		{"name", Error, "For an agent: a name that is not `TYPE/phoenix…`", "Call it so"},
		{"guard", Error, "For an agent: the name of one of its guards", "Use another name"},
		{"owner", Error, "For an agent: the name of a component of the owner", "Use another name, or refer to it"},
		{"component", Error, "For an agent: a component type that is not allowed", "Use one that is, or ask the owner to allow it"},
		{"signal", Error, "For an agent: a pipeline of something else than metrics", "Remove it"},
		{"field", Error, "For an agent: a field that is not allowed", "Remove it, or ask the owner to allow it"},
		{"value", Error, "For an agent: a value of another type, or out of bounds", "Correct it"},
		{"endpoint", Error, "For an agent: an endpoint that is not allowed", "Use a destination of the agent file"},
		{"shared", Error, "For an agent: a processor with a memory in two pipelines", "Give each pipeline its own"},
	}
}
