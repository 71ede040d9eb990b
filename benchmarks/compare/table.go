package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is one figure beside its target.
type row struct {
	work    string
	figure  string // measured, with its unit
	against string // the peer with its figure
	ratio   float64
	target  float64 // the ratio is to be at most this; none if it only informs
}

// none is the target of a row that only informs.
const none = -1

type table []row

func (t *table) add(r row) { *t = append(*t, r) }

// result says whether a row's ratio reaches its target.
func (r row) result() string {
	switch {
	case r.target == none:
		return "-"
	case r.ratio <= r.target:
		return "pass"
	}
	return "short"
}

func (t *table) write(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "WORK\tFIGURE\tAGAINST\tRATIO\tTARGET\tRESULT")
	for _, r := range *t {
		target := "-"
		if r.target != none {
			target = fmt.Sprintf("<= %.4g", r.target)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%.3g\t%s\t%s\n", r.work, r.figure, r.against, r.ratio, target, r.result())
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}
