//go:build linux

package main

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// kthreadd is the process that the kernel's threads are children of.
const kthreadd = 2

// anonymiser takes out of scrapes what is nobody else's business. A name stays
// the same throughout a recording.
type anonymiser struct {
	recorder         int64           // its PID
	parents          map[int64]int64 // PIDs by those of their children, in the scrape at hand
	services, owners aliases
}

func newAnonymiser(recorder int) *anonymiser {
	return &anonymiser{int64(recorder), map[int64]int64{}, aliases{}, aliases{}}
}

func (a *anonymiser) anonymise(md pmetric.Metrics) {
	clear(a.parents)
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes()
		if pid := number(attrs, "process.pid"); pid > 0 {
			a.parents[pid] = number(attrs, "process.parent_pid")
		}
	}
	for _, rm := range md.ResourceMetrics().All() {
		a.process(rm.Resource().Attributes())
	}
}

// process keeps the attributes of a process that are listed here.
func (a *anonymiser) process(attrs pcommon.Map) {
	name := text(attrs, "process.executable.name")
	if !a.known(attrs) {
		name = a.services.of(name, "service")
	}
	attrs.RemoveIf(func(key string, v pcommon.Value) bool {
		had := v.AsString() != ""
		switch key {
		case "host.name", "host.id", "process.pid", "process.parent_pid":
		case "process.executable.name":
			v.SetStr(name)
		case "process.executable.path":
			put(v, had, "/usr/bin/"+name)
		case "process.command":
			put(v, had, name)
		case "process.command_line":
			put(v, had, name+" --redacted")
		case "process.owner":
			if owner := v.AsString(); owner != "root" {
				v.SetStr(a.owners.of(owner, "user"))
			}
		default:
			return true
		}
		return false
	})
}

// known tells the processes whose names anyone may know: the recorder, its
// children, which are the collector and the process that bears the crowd, their
// children, and the kernel's threads, which have neither a file nor arguments.
func (a *anonymiser) known(attrs pcommon.Map) bool {
	pid, parent := number(attrs, "process.pid"), number(attrs, "process.parent_pid")
	if pid == kthreadd || parent == kthreadd {
		return text(attrs, "process.executable.path") == "" && text(attrs, "process.command_line") == ""
	}
	return pid == a.recorder || parent == a.recorder || a.parents[parent] == a.recorder
}

// put replaces what was there, and leaves what was empty so.
func put(v pcommon.Value, had bool, replacement string) {
	if had {
		v.SetStr(replacement)
	}
}

// aliases are what names are replaced by: kind-1, kind-2 and so on.
type aliases map[string]string

func (a aliases) of(name, kind string) string {
	if _, known := a[name]; !known {
		a[name] = fmt.Sprintf("%s-%d", kind, len(a)+1)
	}
	return a[name]
}

func text(attrs pcommon.Map, key string) string {
	v, ok := attrs.Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}

// number is an integer attribute; -1, which is no PID, if there is none.
func number(attrs pcommon.Map, key string) int64 {
	v, ok := attrs.Get(key)
	if !ok || v.Type() != pcommon.ValueTypeInt {
		return -1
	}
	return v.Int()
}
