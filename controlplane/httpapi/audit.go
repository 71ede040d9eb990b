package httpapi

import (
	"context"
	"fmt"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// BackupFile is a backup that was written.
type BackupFile struct {
	Path  string    `json:"path" doc:"where it is on the server"`
	Bytes int64     `json:"bytes"`
	At    time.Time `json:"at"`
}

type (
	auditRequest struct {
		Listing
		Subject string              `query:"subject" maxLength:"253"`
		Object  string              `query:"object" doc:"such as deployment/web-topk" maxLength:"512"`
		Action  controlplane.Action `query:"action" doc:"such as deployment.create" maxLength:"64"`
	}
	backupRequest struct{ Body *Because }
)

func (s *Server) auditRoutes() {
	const tag = "Server"
	register(s, get("listAudit", "/api/v1/audit", tag, "List who did what, and what was refused"), needs(controlplane.ReadAudit), s.listAudit)
	register(s, created(post("createBackup", "/api/v1/backup", tag, "Write a backup into the server's data folder")), needs(controlplane.Backup), s.backup)
}

func (s *Server) listAudit(ctx context.Context, in *auditRequest) (*body[controlplane.List[controlplane.AuditRecord]], error) {
	filter := controlplane.AuditFilter{Subject: in.Subject, Object: in.Object, Action: in.Action}
	return plainly(s.service.Audit(ctx, CallerOf(ctx), filter, in.page()))
}

func (s *Server) backup(ctx context.Context, in *backupRequest) (*body[BackupFile], error) {
	if s.set.Backup == nil {
		return nil, unavailable("this server has no place for backups", "use phoenix-controlplane backup FILE")
	}
	var file BackupFile
	err := s.service.Perform(ctx, CallerOf(ctx), controlplane.Backup, "database", in.Body.reason(), func(ctx context.Context) (err error) {
		if file, err = s.set.Backup(ctx); err != nil {
			return fmt.Errorf("back up: %w", err)
		}
		return nil
	})
	return plainly(file, err)
}
