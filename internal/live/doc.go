// Package live is the agreement between components that can take a part of
// their configuration while they run, and the extension that hands it to them.
//
// A component calls [Register] when it starts, and is a [Target] to the
// extension from then on. The extension asks every target concerned to prepare
// its whole new configuration; if none refuses, it carries out all the changes,
// none of which can fail then.
//
// A component declares what it can change: it compares what it runs with and
// what it was offered by [Refuse], without the keys that are live.
package live
