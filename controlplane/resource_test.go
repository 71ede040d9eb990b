package controlplane_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestAnErrorTellsItsCodeThroughOthers(t *testing.T) {
	e := &controlplane.Error{Code: controlplane.CodeGone, Message: "it is gone", Hint: "look elsewhere"}
	require.Equal(t, controlplane.CodeGone, controlplane.CodeOf(fmt.Errorf("claim: %w", e)))
	require.Equal(t, "it is gone; look elsewhere", e.Error())
	require.Empty(t, controlplane.CodeOf(errors.New("a bug")))
	require.Empty(t, controlplane.CodeOf(nil))
}

func TestSpansOfTimeAreWrittenAsPeopleDo(t *testing.T) {
	var d controlplane.Duration
	require.NoError(t, d.UnmarshalText([]byte("1h30m")))
	require.Equal(t, controlplane.Duration(90*time.Minute), d)
	require.Equal(t, `"1h30m0s"`, encoded(t, d))
	require.EqualError(t, d.UnmarshalText([]byte("soon")), `"soon" is no span of time; write it as 30s, 2m or 1h30m`)
}
