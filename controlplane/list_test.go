package controlplane_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestListsHavePages(t *testing.T) {
	p := newPlane(t)
	for i := range 5 {
		p.deploy(t, fmt.Sprintf("d%d", i), labels("n", fmt.Sprint(i)), "# 1\n")
	}
	for _, descending := range []bool{false, true} {
		names, page := []string{}, controlplane.Page{Limit: 2, Descending: descending}
		for {
			list, err := p.Deployments(t.Context(), viewer, page)
			require.NoError(t, err)
			for _, d := range list.Items {
				names = append(names, d.Metadata.Name)
			}
			if page.After = list.Next; page.After == "" {
				break
			}
		}
		want := []string{"d0", "d1", "d2", "d3", "d4"}
		if descending {
			want = []string{"d4", "d3", "d2", "d1", "d0"}
		}
		require.Equal(t, want, names)
	}
	_, err := p.Events(t.Context(), viewer, controlplane.Page{After: "d1"})
	requireCode(t, controlplane.CodeInvalid, err, "take the answer's next as it is")
}

func TestAgentsAreFiltered(t *testing.T) {
	p := newPlane(t)
	for i := range 5 {
		p.enrol(t, fmt.Sprintf("a%d", i), fmt.Sprintf("h%d", i%2), map[string]string{"n": fmt.Sprint(i % 3)})
	}
	p.deploy(t, "zero", labels("n", "0"), "# 1\n")
	for name, c := range map[string]struct {
		filter controlplane.AgentFilter
		page   controlplane.Page
		want   []string
		next   string
	}{
		"a deployment":         {controlplane.AgentFilter{Deployment: "zero"}, controlplane.Page{}, []string{"a0", "a3"}, ""},
		"a host":               {controlplane.AgentFilter{Host: "h1"}, controlplane.Page{}, []string{"a1", "a3"}, ""},
		"a selector":           {controlplane.AgentFilter{Selector: labels("n", "1")}, controlplane.Page{}, []string{"a1", "a4"}, ""},
		"a state":              {controlplane.AgentFilter{State: controlplane.AgentPending}, controlplane.Page{Limit: 2}, []string{"a0", "a1"}, "a1"},
		"all of it":            {controlplane.AgentFilter{Deployment: "zero", Host: "h0", State: controlplane.AgentPending}, controlplane.Page{}, []string{"a0"}, ""},
		"a page from the end":  {controlplane.AgentFilter{Host: "h0"}, controlplane.Page{Limit: 2, Descending: true}, []string{"a4", "a2"}, "a2"},
		"a page that goes on":  {controlplane.AgentFilter{Host: "h0"}, controlplane.Page{Limit: 2, After: "a2", Descending: true}, []string{"a0"}, ""},
		"nothing is an answer": {controlplane.AgentFilter{Host: "h9"}, controlplane.Page{}, []string{}, ""},
	} {
		list, err := p.Agents(t.Context(), viewer, c.filter, c.page)
		require.NoError(t, err)
		got := []string{}
		for _, a := range list.Items {
			got = append(got, a.Metadata.Name)
		}
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.next, list.Next, name)
	}
}
