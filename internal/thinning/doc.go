// Package thinning is what processors have in common that keep some processes
// of every host and roll up the others: the life of the component and of its
// state over reloads, critical processes, the ceiling, the explanations, the
// totals of the rest, the component's own metrics. What is left to a
// [Strategy] is the choice.
//
// A component declares the shared keys in its own configuration, makes
// [Settings] of them, and returns what [New] makes.
package thinning
