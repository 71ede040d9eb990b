package remoteconfig

import (
	"slices"
	"time"
)

// Under is what a configuration was judged under. Another binary or another
// agent file may judge otherwise.
type Under struct {
	// Binary is the SHA-256 of the collector's program, in hex.
	Binary string `json:"binary,omitempty"`
	// AgentFile is the fingerprint of the agent file.
	AgentFile string `json:"agent_file,omitempty"`
}

// Block is a configuration that is not tried again.
type Block struct {
	Hash  Hash      `json:"hash"`
	Under Under     `json:"under"`
	Cause Cause     `json:"cause"`
	At    time.Time `json:"at"`
}

// maxBlocked is for how many failed configurations a state has room. The
// oldest is forgotten for one more.
const maxBlocked = 24

// Block returns the block of a hash under what runs now; ok is false if there
// is none.
func (s State) Block(h Hash) (b Block, ok bool) {
	i := slices.IndexFunc(s.Blocked, func(b Block) bool { return b.Hash == h && b.Under == s.Under })
	if i < 0 {
		return Block{}, false
	}
	return s.Blocked[i], true
}

// block keeps a configuration from being tried again, if the cause is its own.
// The last good one is never blocked: it has run for [SettleAfter], and is what
// everything goes back to.
func (m *move) block(h Hash, c Cause) {
	if !c.Code.Blocks() || h == m.state.LastGood {
		return
	}
	m.state.Blocked = slices.DeleteFunc(m.state.Blocked, func(b Block) bool { return b.Hash == h && b.Under == m.state.Under })
	m.state.Blocked = append(m.state.Blocked, Block{Hash: h, Under: m.state.Under, Cause: c.bounded(), At: m.at})
	if surplus := len(m.state.Blocked) - maxBlocked; surplus > 0 {
		m.state.Blocked = slices.Delete(m.state.Blocked, 0, surplus)
	}
	if m.state.Previous == h {
		m.state.Previous = ""
	}
}

// unblock forgets a hash under every binary and agent file.
func (m *move) unblock(h Hash) {
	m.state.Blocked = slices.DeleteFunc(m.state.Blocked, func(b Block) bool { return b.Hash == h })
}
