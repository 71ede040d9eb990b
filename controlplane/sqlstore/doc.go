// Package sqlstore keeps the state of the control plane in one SQLite file.
//
//	db, err := sqlstore.Open(ctx, filepath.Join(dataDir, "phoenix.db"))
//	if err != nil { … }
//	defer db.Close()
//	service, err := controlplane.NewService(db, settings)
//
// Writing is one transaction after the other on one connection, reading goes on
// beside it on a few others (WAL). A transaction that was acknowledged is on the
// disk. Open brings an older file to the schema of this program, and refuses one
// of a newer program.
//
// The SQL is in queries and migrations, from which sqlc makes internal/rows.
package sqlstore

//go:generate go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate
