package controlplane

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/phoenix-platform/phoenix/catalog"
)

// Configuration is a text for a collector. It is kept once, whoever wants it.
type Configuration struct {
	// Hash is that of [HashConfiguration].
	Hash string `json:"hash"`
	Text []byte `json:"text"`
	// Template is the one that it was made of; empty: inline. TemplateHash is
	// that of the template's text then.
	Template     string    `json:"template,omitempty"`
	TemplateHash string    `json:"templateHash,omitempty"`
	CreatedAt    time.Time `json:"createdAt"`
}

// HashConfiguration returns the SHA-256 of a text in hexadecimal, which is its
// name.
func HashConfiguration(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// RenderCatalog makes the configuration of a spec: of a template of the catalog
// with its parameters, or of the inline text. The critical list is set in every
// processor that has one. Its hash is not set.
func RenderCatalog(_ context.Context, spec DeploymentSpec) (Configuration, error) {
	config := Configuration{Text: []byte(spec.Pipeline.Inline)}
	if spec.Pipeline.Template != "" {
		var err error
		if config, err = renderTemplate(spec.Pipeline); err != nil {
			return Configuration{}, err
		}
	}
	text, err := withCritical(config.Text, spec.Critical)
	config.Text = text
	return config, err
}

func renderTemplate(p Pipeline) (Configuration, error) {
	t, err := catalog.Lookup(p.Template)
	if err != nil {
		return Configuration{}, invalid("/spec/pipeline/template", "template: %v", err)
	}
	text, err := t.Render(p.Parameters)
	if err != nil {
		return Configuration{}, wrongParameters(err)
	}
	return Configuration{Text: text, Template: t.Name, TemplateHash: HashConfiguration(t.Config)}, nil
}

// wrongParameters is what a template says of its parameters, each at its place.
func wrongParameters(err error) error {
	const pointer = "/spec/pipeline/parameters"
	var found catalog.Problems
	if !errors.As(err, &found) {
		return invalid(pointer, "%v", err)
	}
	var p problems
	for _, one := range found {
		place := pointer
		for _, key := range one.Path {
			place += "/" + pointerToken.Replace(key)
		}
		p.check(false, place, "%v", one)
	}
	return p.err()
}

// equal says whether two values are the same to who reads them as JSON.
func equal(a, b any) bool {
	first, err := json.Marshal(a)
	if err != nil {
		return false
	}
	second, err := json.Marshal(b)
	return err == nil && bytes.Equal(first, second)
}
