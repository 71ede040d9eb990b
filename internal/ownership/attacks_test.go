package ownership_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// attack is a remote configuration that must be refused.
type attack struct {
	code   ownership.Code
	name   string
	remote []byte
}

// attacks reads testdata/attacks: a file for each code.
func attacks(t testing.TB) (all []attack) {
	t.Helper()
	files, err := filepath.Glob("testdata/attacks/*.txtar")
	require.NoError(t, err)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		for _, f := range archive.Files {
			all = append(all, attack{ownership.Code(strings.TrimSuffix(filepath.Base(file), ".txtar")), f.Name, f.Data})
		}
	}
	return all
}

// host is the agent file and the owner's configuration of testdata.
func host(t testing.TB) (*agentfile.File, map[string]any) {
	t.Helper()
	agent, err := agentfile.Read("testdata/agent.yaml")
	require.NoError(t, err)
	own, err := os.ReadFile("testdata/owner.yaml")
	require.NoError(t, err)
	owner, err := ownership.Owner(own)
	require.NoError(t, err)
	return agent, owner
}

func TestEveryAttackIsRefused(t *testing.T) {
	file, owner := host(t)
	policy := ownership.NewPolicy(file, owner)
	all := attacks(t)
	require.GreaterOrEqual(t, len(all), 200)
	for _, a := range all {
		t.Run(string(a.code)+"/"+a.name, func(t *testing.T) {
			findings := ownership.Check(a.remote, policy)
			require.Contains(t, findings.Codes(), a.code, "%v", findings.Err())
			for _, f := range findings {
				require.NotEmpty(t, f.Problem)
				require.NotEmpty(t, f.Remedy)
				require.NotContains(t, f.String(), "\x1b")
			}
		})
	}
}

// Nothing of a refused configuration is looked up.
func TestNoAttackReadsASecret(t *testing.T) {
	file, owner := host(t)
	for _, a := range attacks(t) {
		if len(a.remote) == 0 {
			continue // no remote configuration
		}
		_, err := ownership.Compose(ownership.Parts{
			Owner: owner, Remote: a.remote, Agent: file,
			Lookup: func(r agentfile.Reference) (string, error) {
				t.Errorf("%s/%s looks up %s", a.code, a.name, r)
				return "", errors.New("must not be asked")
			},
		})
		require.Error(t, err, a.name)
	}
}

// What does not fit into a file of text.
func TestConfigurationsAreRefusedAsAWhole(t *testing.T) {
	file, owner := host(t)
	policy := ownership.NewPolicy(file, owner)
	for _, c := range []struct {
		name   string
		code   ownership.Code
		remote []byte
	}{
		{"more than a mebibyte", ownership.CodeSize, bytes.Repeat([]byte("#"), 1<<20+1)},
		{"bytes that are not UTF-8", ownership.CodeEncoding, []byte("processors: {topk/phoenix: {other: {name: \"\xff\"}}}")},
		{"UTF-16", ownership.CodeEncoding, []byte("\xff\xfer\x00e\x00")},
		{"Latin-1", ownership.CodeEncoding, []byte("# Gr\xfc\xdfe\n{}")},
		{"an overlong dollar", ownership.CodeEncoding, []byte("a: \xc0\xa4{env:HOME}")},
		{"too many values", ownership.CodeNodes, []byte("processors: {topk/phoenix: {rank_group: [" + strings.Repeat("a,", 60_000) + "]}}")},
		{"half a mebibyte of brackets", ownership.CodeSyntax, bytes.Repeat([]byte("["), 1<<19)},
		{"half a mebibyte of dashes", ownership.CodeSyntax, bytes.Repeat([]byte("- "), 1<<18)},
		{"nine thousand levels", ownership.CodeDepth, []byte(strings.Repeat("[", 9000) + strings.Repeat("]", 9000))},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, ownership.Check(c.remote, policy).Codes(), c.code)
		})
	}
}

func TestAllFindingsComeAtOnceWithTheirPlaces(t *testing.T) {
	file, owner := host(t)
	err := ownership.Check([]byte(`processors:
  topk/phoenix: &a
    max_series: "5"
    mode: off
  batch: {}
service:
  telemetry: {}
  pipelines:
    metrics/phoenix: {receivers: [nowhere], exporters: [otlphttp/destination]}
`), ownership.NewPolicy(file, owner)).Err()
	require.EqualError(t, err, strings.Join([]string{
		`2:17: processors::topk/phoenix: has an anchor or an alias; write the value out`,
		`5:3: processors::batch: belongs to the owner of the host; refer to it by its id, or call this one batch/phoenix`,
		`7:3: service::telemetry: is not for remote configurations; put it into the owner's config_files; a remote one has service::pipelines`,
		`9:35: service::pipelines::metrics/phoenix::receivers: "nowhere" is neither in this configuration nor the owner's to refer to; add it to receivers, or refer to one of hostmetrics/own, otlp`,
	}, "\n"))
}

func TestTheAllowedReferencesAreNamed(t *testing.T) {
	file, owner := host(t)
	err := ownership.Check([]byte("processors: {topk/phoenix: {other: {name: \"${env:HOME}\"}}}"), ownership.NewPolicy(file, owner)).Err()
	require.EqualError(t, err, `1:43: processors::topk/phoenix::other::name: may not use "${env:HOME}"; the agent file allows ${env:BACKUP_KEY} in otlphttp/phoenix-backup::headers::api-key with the endpoint https://backup.example.com:4318; write $$ for a $ that is meant as it is`)
	err = ownership.Check([]byte("processors: {topk/phoenix: {other: {name: \"${HOME}\"}}}"), ownership.NewPolicy(agent(t, ""), nil)).Err()
	require.EqualError(t, err, `1:43: processors::topk/phoenix::other::name: has an expression: "${HOME}"; the agent file allows no references; write $$ for a $ that is meant as it is`)
}
