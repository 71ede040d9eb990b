package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

func newProfilesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "profiles",
		Aliases: []string{"list-profiles"},
		Short:   "List the profiles and the numbers they take",
		Example: "  loadsim profiles --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listProfiles(cmd.OutOrStdout(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func listProfiles(w io.Writer, asJSON bool) error {
	if asJSON {
		return encode(w, describe())
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROFILE\tDURATION\t--process-count\t--churn-rate\tWHAT")
	for _, p := range profile.All() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Duration, numbers(p.ProcessCount), numbers(p.ChurnRate), p.Summary)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the profiles: %w", err)
	}
	return nil
}

// described is a profile as JSON shows it.
type described struct {
	profile.Profile
	Seconds float64 `json:"duration_seconds"`
}

func describe() (all []described) {
	for _, p := range profile.All() {
		all = append(all, described{p, p.Duration.Seconds()})
	}
	return all
}

// numbers writes a range and its default.
func numbers(r profile.Range) string {
	if r.Max == 0 {
		return "–"
	}
	return fmt.Sprintf("%v to %v (%v)", r.Min, r.Max, r.Default)
}
