package agentfile

// Key documents a key of the agent file.
type Key struct {
	// Path is the keys joined by ::, NAME for any name and [] for list items.
	Path string
	// Default is what holds without it. Empty: nothing.
	Default string
	// Meaning is a sentence or two.
	Meaning string
}

// Keys lists every key, in the order of the documentation.
func Keys() []Key {
	return []Key{
		{"server::endpoint", "", "The OpAMP server's URL. `wss` and `ws` keep a WebSocket open, `https` and `http` ask again and again. Without `server` the agent runs what it has."},
		{"server::token_file", "", "The file with the token that the agent shows. It is read again at every connection."},
		{"server::enrolment_token_file", "", "The file with the token for the first time, when the agent has none of its own."},
		{"server::tls::ca_file", "the system's", "The authorities that the server's certificate is checked with."},
		{"server::tls::cert_file", "", "The agent's own certificate, with `key_file`."},
		{"server::tls::key_file", "", "The key of `cert_file`."},
		{"state_directory", "/var/lib/otelcol-phoenix", "The directory of what the agent remembers. Nobody else writes there."},
		{"min_healthy_time", "10s", "For how long a new configuration must have worked before it is confirmed."},
		{"labels::NAME", "", "Shown at the server. Nothing is selected by labels: the host that sets them could choose its own configuration."},
		{"bootstrap", "", "The file that takes the place of a remote configuration until there is one. The same rules hold for it."},
		{"config_files[]", "", "The owner's own collector configurations, merged in this order. No remote configuration changes anything in them."},
		{"destinations::NAME::type", "otlphttp", "`otlphttp` or `otlp`. The destination is the exporter `TYPE/NAME`; templates send to `otlphttp/destination`."},
		{"destinations::NAME::endpoint", "", "The base URL for `otlphttp`, host:port for `otlp`. Required."},
		{"destinations::NAME::headers::NAME", "", "A header of every request. `${env:NAME}` and `${file:/PATH}` in it are replaced on the host, and are never reported."},
		{"destinations::NAME::tls::ca_file", "the system's", "As of `server`."},
		{"destinations::NAME::tls::cert_file", "", "As of `server`."},
		{"destinations::NAME::tls::key_file", "", "As of `server`."},
		{"destinations::NAME::auth", "", "The id of an authenticator among the extensions of `config_files`."},
		{"destinations::NAME::settings", "", "Further keys of the exporter, as in a collector configuration. Without them it makes batches and sends one at a time."},
		{"allow::templates", "true", "Allows what the templates of the catalog say."},
		{"allow::components::NAME::NAME::type", "", "By `KIND/TYPE`, such as `processors/topk`, and field, such as `rank_by[]::k`: `boolean`, `integer`, `number`, `string`, `duration`, `endpoint`, or `map` for a list whose items have fields. It takes the place of what the templates allow for that field."},
		{"allow::components::NAME::NAME::min", "", "The least number or duration, or the least bytes of a string."},
		{"allow::components::NAME::NAME::max", "", "The greatest. A string has at most 1000 bytes without it."},
		{"allow::components::NAME::NAME::values[]", "any", "The possible values."},
		{"allow::components::NAME::NAME::max_items", "100", "How long a list may be, for a field that ends in `[]`."},
		{"allow::endpoints[]", "", "The URLs, or host:port, that fields of type `endpoint` may have."},
		{"allow::secrets[]::use", "", "`${env:NAME}` or `${file:/PATH}`: what a remote configuration may write, in one place."},
		{"allow::secrets[]::component", "", "The id of the exporter, such as `otlphttp/phoenix-backup`."},
		{"allow::secrets[]::field", "", "Its field, such as `headers::api-key`."},
		{"allow::secrets[]::endpoint", "", "What the exporter's `endpoint` must be: the secret goes nowhere else."},
		{"page::socket", "page.sock in state_directory", "The Unix socket of the local status page."},
		{"page::listen", "", "An address for TCP, with `token_file`. Without it there is only the socket."},
		{"page::token_file", "", "The file with the token that readers over TCP must show."},
		{"telemetry::destination", "", "The name of the destination that the collector's own metrics go to."},
		{"telemetry::interval", "30s", "The time between two of their exports."},
		{"telemetry::records", "", "The base URL that the meters around remote pipelines send their records to."},
	}
}
