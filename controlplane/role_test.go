package controlplane

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhoMayDoWhat is the whole table: an action that is missing here fails.
func TestWhoMayDoWhat(t *testing.T) {
	const table = `
		read                     viewer operator admin
		deployment.create               operator admin
		deployment.update               operator admin
		deployment.rollback             operator admin
		deployment.delete               operator admin
		deployment.critical.end                  admin
		agent.release                   operator admin
		agent.resync                    operator admin
		agent.reveal                    operator admin
		agent.label                              admin
		agent.delete                             admin
		agent.report                                   agent
		loadsim.create                  operator admin
		loadsim.stop                    operator admin
		loadsim.delete                  operator admin
		loadsim.claim                                        worker
		loadsim.report                                       worker
		token.create                             admin
		token.revoke                             admin
		token.read                               admin
		pricebook.set                            admin
		backup                                   admin
		audit.read                               admin`
	all, listed := []Role{RoleViewer, RoleOperator, RoleAdmin, RoleAgent, RoleWorker, "", "root"}, 0
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		words := strings.Fields(line)
		listed++
		for _, role := range all {
			want := strings.Contains(" "+strings.Join(words[1:], " ")+" ", fmt.Sprintf(" %s ", role)) && role != ""
			require.Equal(t, want, role.May(Action(words[0])), "%q %s", role, words[0])
		}
	}
	require.Len(t, needs, listed)
	for _, role := range all {
		for _, secret := range []Action{EnrolAgent, ExchangeToken, "no.such.action"} {
			require.False(t, role.May(secret), "%q %s", role, secret)
		}
	}
}
