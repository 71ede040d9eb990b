package procread

import (
	"fmt"
	"os/user"
	"strconv"
)

// owners remembers the names of users.
type owners struct {
	lookup  func(uid string) (*user.User, error)
	names   map[uint32]owner
	expires int64 // ns since 1970
}

type owner struct {
	name string
	err  error
}

// maxOwners is how many names are remembered; beyond, all are forgotten.
const maxOwners = 10_000

func newOwners() *owners {
	return &owners{lookup: user.LookupId, names: map[uint32]owner{}}
}

// forget drops the names, if they are older than they may be, or of a time that
// is to come since the clock was set back.
func (o *owners) forget(now, refresh int64) {
	if now >= o.expires || now < o.expires-refresh || len(o.names) > maxOwners {
		clear(o.names)
		o.expires = now + refresh
	}
}

// name returns the name of a user; an error if the host has no such user.
func (o *owners) name(uid uint32) (string, error) {
	known, ok := o.names[uid]
	if !ok {
		known = o.find(uid)
		o.names[uid] = known
	}
	return known.name, known.err
}

func (o *owners) find(uid uint32) owner {
	u, err := o.lookup(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return owner{err: fmt.Errorf("user %d: %v", uid, err)} // that a file is missing says nothing of the process
	}
	return owner{name: u.Username}
}
