package dataflow

import (
	"testing"

	"go.uber.org/goleak"
)

// A server lingers for half a second over a request that was too large.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}
