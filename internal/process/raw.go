package process

// WriteRaw says whether every process is written as it came, from the next
// scrape on: who only watches does so. When that ends, a counter that is kept
// goes on from the value which it was written with last, and everything else
// that was used since is the rest's, whose series begin then.
func (l *Ledger) WriteRaw(raw bool) {
	if l.raw && !raw {
		l.Relabel()
	}
	l.raw = raw
}
