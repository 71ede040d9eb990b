package process

// reference is what is remembered of a process.
type reference struct {
	begun   int64
	counted bool
	used    usage
	missed  int
	written uint64 // labels under which its latest sample was written; 0 for none
}

type usage struct {
	ints    int64
	doubles float64
}

func (u usage) plus(v usage) usage { return usage{u.ints + v.ints, u.doubles + v.doubles} }

func number[N int64 | float64](r *reference, born bool, ref, v N) (delta, next N) {
	switch {
	case !r.counted && born:
		return v, v
	case !r.counted:
		return 0, v
	case v >= ref:
		return v - ref, v
	case float64(ref-v) <= 0.01*float64(ref):
		return 0, ref
	}
	return v, v
}

// grow returns by how much a process grew, and remembers it.
func (r *reference) grow(born bool, v usage) (delta usage) {
	delta.ints, r.used.ints = number(r, born, r.used.ints, v.ints)
	delta.doubles, r.used.doubles = number(r, born, r.used.doubles, v.doubles)
	r.counted = true
	return delta
}

// backend keeps the last values of every series for ever, takes the first ones
// for nothing, and a fall for a reset. If it believes start times, another
// start is another series, which has what it shows from that time on.
type backend struct {
	believes bool
	last     map[series]*reference
	kept     usage
	parts    map[Part]usage
}

// series is one of the output: of the kept process, or of the part, under
// these labels.
type series struct {
	part   Part
	kept   bool
	labels uint64
	start  int64
}

func (b *backend) read(id series, at int64, v usage) {
	started := b.believes && id.start != at
	if !b.believes {
		id.start = 0
	}
	if b.last[id] == nil {
		b.last[id] = &reference{}
	}
	r := b.last[id]
	if r.counted && v.ints < r.used.ints {
		r.used.ints = 0
	}
	if r.counted && v.doubles < r.used.doubles {
		r.used.doubles = 0
	}
	if delta := r.grow(started, v); id.kept {
		b.kept = b.kept.plus(delta)
	} else {
		b.parts[id.part] = b.parts[id.part].plus(delta)
	}
}
