package live

import (
	"reflect"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Decode reads a component's configuration over its defaults, and checks it.
// The error begins with the key.
func Decode(conf *confmap.Conf, defaults component.Config) error {
	var err error
	if own, ok := defaults.(confmap.Unmarshaler); ok {
		err = own.Unmarshal(conf)
	} else {
		err = conf.Unmarshal(defaults)
	}
	if err != nil {
		return err
	}
	return confmap.Validate(defaults)
}

// Refuse names every key in which two configurations of a type differ that must
// not: the caller has put the same into those that may, whose names it gives for
// the message. A key that is left out and one that is empty are the same.
func Refuse[C any](running, offered C, live ...string) error {
	var p problems.List
	a, b := reflect.ValueOf(running), reflect.ValueOf(offered)
	for i := range a.NumField() {
		key, _, _ := strings.Cut(a.Type().Field(i).Tag.Get(confmap.MapstructureTag), ",")
		p.Check(same(a.Field(i), b.Field(i)),
			"%s: cannot change while the component runs, but %s can; restart its pipeline to change it", key, strings.Join(live, ", "))
	}
	return p.Err()
}

// same is [reflect.DeepEqual] but for lists that are nil or empty.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Struct:
		return all(a.NumField(), func(i int) bool { return same(a.Field(i), b.Field(i)) })
	case reflect.Slice, reflect.Array:
		return a.Len() == b.Len() && all(a.Len(), func(i int) bool { return same(a.Index(i), b.Index(i)) })
	case reflect.Map:
		keys := a.MapKeys()
		return len(keys) == b.Len() && all(len(keys), func(i int) bool {
			in := b.MapIndex(keys[i])
			return in.IsValid() && same(a.MapIndex(keys[i]), in)
		})
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return a.Elem().Type() == b.Elem().Type() && same(a.Elem(), b.Elem())
	case reflect.Func, reflect.Chan:
		return a.IsNil() && b.IsNil()
	}
	return a.Equal(b)
}

func all(n int, ok func(int) bool) bool {
	for i := range n {
		if !ok(i) {
			return false
		}
	}
	return true
}
