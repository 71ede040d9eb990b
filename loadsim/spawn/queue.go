package spawn

import "github.com/phoenix-platform/phoenix/loadsim"

// queue hands events on without ever making the sender wait, so that nobody
// who bears or ends processes can be held up by who reads of it. It grows by
// some 150 bytes for each event that is not received.
type queue struct {
	in  chan loadsim.Event
	out chan loadsim.Event
}

func newQueue() *queue {
	q := &queue{in: make(chan loadsim.Event), out: make(chan loadsim.Event, 64)}
	go q.run()
	return q
}

// run ends when in is closed and everything has been received.
func (q *queue) run() {
	defer close(q.out)
	var waiting []loadsim.Event
	for in := q.in; in != nil || len(waiting) > 0; {
		var out chan loadsim.Event
		var next loadsim.Event
		if len(waiting) > 0 {
			out, next = q.out, waiting[0]
		}
		select {
		case e, open := <-in:
			if !open {
				in = nil
				break
			}
			waiting = append(waiting, e)
		case out <- next:
			waiting = waiting[1:]
		}
	}
}
