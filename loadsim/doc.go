// Package loadsim makes real processes in known numbers and writes down what
// they really did, so that whoever watches a host can be graded against it.
//
// A [Plan] says which processes there are, when each is born, for how long it
// lives and what it does; profile makes one from a name, a seed and a few
// numbers. [Run] carries a plan out through a [Spawner] and hands everything
// that happened to an observer: the ground truth, the self metrics, the line in
// the terminal.
package loadsim
