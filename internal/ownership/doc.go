// Package ownership decides what a remote configuration may say, and what the
// collector runs because of it. The owner of a host keeps receivers, pipelines
// and exporters in files of its own, and nothing that comes from afar changes
// them: a remote configuration adds components and pipelines whose names begin
// with phoenix, and may refer to the owner's receivers, exporters and
// destinations by id.
//
//	policy := ownership.NewPolicy(agent, owner)
//	if err := ownership.Check(remote, policy).Err(); err != nil {
//		return err // refused, with every reason
//	}
//	effective, err := ownership.Compose(ownership.Parts{…})
//
// [Check] looks at the bytes as they came, before anything in them is expanded:
// what its allow-list does not name is refused. [Compose] puts owner, remote
// and guards together; in what comes out of it, only the owner's own
// expressions are left to expand. [Live] finds the changes that need no
// restart, and [Adopt] turns a template of the catalog into a remote
// configuration.
//
// The package knows YAML and maps only: no collector, no network, no files.
package ownership
