package phoenixopamp

import (
	"crypto/sha256"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/open-telemetry/opamp-go/protobufs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/service/hostcapabilities"
	"google.golang.org/protobuf/proto"
)

// described are the attributes that an agent has of itself.
var described = []string{"service.name", "service.version", "service.instance.id", "host.name", "host.id", "os.type"}

// description says which agent this is, and where.
func description(build component.BuildInfo, uid uuid.UUID, labels map[string]string) *protobufs.AgentDescription {
	d := &protobufs.AgentDescription{
		IdentifyingAttributes: []*protobufs.KeyValue{
			keyValue("service.name", build.Command),
			keyValue("service.version", build.Version),
			keyValue("service.instance.id", uid.String()),
		},
		NonIdentifyingAttributes: []*protobufs.KeyValue{keyValue("os.type", runtime.GOOS)},
	}
	add := func(key, value string) {
		d.NonIdentifyingAttributes = append(d.NonIdentifyingAttributes, keyValue(key, value))
	}
	if name, err := os.Hostname(); err == nil {
		add("host.name", name)
	}
	if id := machineID(); id != "" {
		add("host.id", id)
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		add(key, labels[key])
	}
	return d
}

func keyValue(key, value string) *protobufs.KeyValue {
	return &protobufs.KeyValue{Key: key, Value: &protobufs.AnyValue{Value: &protobufs.AnyValue_StringValue{StringValue: value}}}
}

// machineID is the host's id, as the system detector of resourcedetection has
// it; empty if it is not known.
func machineID() string {
	for _, file := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if id, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(id))
		}
	}
	return ""
}

// available are the components that the collector was built with.
type available = *protobufs.AvailableComponents

// availableOf asks the host, which tells the module of each type.
func availableOf(host component.Host) available {
	all := &protobufs.AvailableComponents{Components: map[string]*protobufs.ComponentDetails{}}
	if built, ok := host.(hostcapabilities.ModuleInfo); ok {
		infos := built.GetModuleInfos()
		addModules(all, "receivers", infos.Receiver)
		addModules(all, "processors", infos.Processor)
		addModules(all, "exporters", infos.Exporter)
		addModules(all, "extensions", infos.Extension)
		addModules(all, "connectors", infos.Connector)
	}
	text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(all) // it has no field that could fail
	hash := sha256.Sum256(text)
	all.Hash = hash[:]
	return all
}

// addModules adds the types of a kind. The type of a module's description is
// internal to the collector.
func addModules[M ~struct{ BuilderRef string }](all available, kind string, modules map[component.Type]M) {
	details := &protobufs.ComponentDetails{SubComponentMap: map[string]*protobufs.ComponentDetails{}}
	for typ, module := range modules {
		ref := struct{ BuilderRef string }(module).BuilderRef
		details.SubComponentMap[typ.String()] = &protobufs.ComponentDetails{
			Metadata: []*protobufs.KeyValue{keyValue("code.namespace", ref)},
		}
	}
	all.Components[kind] = details
}
