package controlplane

import (
	"encoding/json"
	"fmt"

	"github.com/aymanbagabas/go-udiff"
)

// Diff is what changed between two versions.
type Diff struct {
	From int `json:"from"` // 0: nothing was there
	To   int `json:"to"`
	// Spec is what changed of what users give.
	Spec []FieldChange `json:"spec"`
	// Components are the parts of the configuration that changed, in the order
	// of the sections of a collector's configuration.
	Components []ComponentChange `json:"components"`
	// Text is a unified diff of the configurations; empty: they are the same.
	Text string `json:"text,omitempty"`
}

// ComponentChange is a component, or another entry of a section, that changed.
type ComponentChange struct {
	Section string `json:"section"` // such as processors, or service.pipelines
	ID      string `json:"id"`      // such as topk
	Change  Change `json:"change"`
	// Fields are what changed of it.
	Fields []FieldChange `json:"fields,omitempty"`
}

// FieldChange is a value that changed. Nothing is nil, as JSON is null.
type FieldChange struct {
	// Path is a JSON Pointer (RFC 6901) below the component or the spec.
	Path string `json:"path"`
	From any    `json:"from"`
	To   any    `json:"to"`
}

// Change is what happened to a component.
type Change string

const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

func diff(before, after Version, old, text []byte) (Diff, error) {
	d := Diff{From: before.Number, To: after.Number, Text: udiff.Unified(label(before), label(after), string(old), string(text))}
	var err error
	if d.Spec, err = diffSpecs(before, after); err != nil {
		return d, err
	}
	d.Components = diffComponents(parts(old), parts(text))
	return d, nil
}

func label(v Version) string { return fmt.Sprintf("version %d", v.Number) }

func diffSpecs(before, after Version) ([]FieldChange, error) {
	var trees [2]any
	for i, v := range []Version{before, after} {
		if v.Number == 0 {
			continue
		}
		raw, err := json.Marshal(v.Spec)
		if err != nil {
			return nil, fmt.Errorf("compare version %d: %w", v.Number, err)
		}
		if err := json.Unmarshal(raw, &trees[i]); err != nil {
			return nil, fmt.Errorf("compare version %d: %w", v.Number, err)
		}
	}
	return compare("", trees[0], trees[1]), nil
}
