// Package enrol exchanges an enrolment token, which many hosts may share, for a
// token that is one agent's own.
//
//	store := enrol.Store{Directory: stateDirectory}
//	if enrolled, err := store.Enrolled(); err == nil && !enrolled {
//		keep, err := enrol.Client{HTTP: client, Endpoint: endpoint}.Enrol(ctx, store, request)
//		err = keep()
//	}
//
// A grant is asked for once: the place where it is kept is made before, and one
// that cannot be kept yet is held until it can. The package waits for nothing
// and tries nothing again by itself.
package enrol
