package phoenixopamp

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheIDIsMadeOnceAndKept(t *testing.T) {
	directory := t.TempDir()
	made, err := readIdentity(directory)
	require.NoError(t, err)
	require.EqualValues(t, 7, made.uid.Version())
	require.Empty(t, made.damage)
	info, err := os.Stat(filepath.Join(directory, "instance_uid"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	kept, err := readIdentity(directory)
	require.NoError(t, err)
	require.Equal(t, made.uid, kept.uid)
}

func TestADamagedIDIsReplacedAndTold(t *testing.T) {
	for _, content := range []string{"", "nonsense", "00000000-0000-0000-0000-000000000000"} {
		cfg := configure(t, "")
		file := filepath.Join(cfg.StateDirectory, "instance_uid")
		require.NoError(t, os.MkdirAll(cfg.StateDirectory, 0o700))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		e := start(t, cfg)
		require.Equal(t, 1, e.logs.FilterMessageSnippet("the agent has a new id").Len())
		kept, err := readIdentity(cfg.StateDirectory)
		require.NoError(t, err)
		require.Equal(t, e.agent.identity.current(), kept.uid)
	}
}

func TestAnIDThatCannotBeReadOrKeptFailsTheStart(t *testing.T) {
	directory := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(directory, "instance_uid"), 0o700))
	_, err := readIdentity(directory)
	require.ErrorContains(t, err, "read the agent's id: ")
	_, err = readIdentity(filepath.Join(directory, "none"))
	require.ErrorContains(t, err, "keep the agent's id: ")
}
