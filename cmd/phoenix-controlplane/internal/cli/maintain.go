package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

// onDatabase is a command that works on the database of a data folder, whether a
// server runs on it or not.
func onDatabase(do func(cmd *cobra.Command, args []string, store *sqlstore.Store, service *controlplane.Service) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		set, err := loadSettings(settingFlags(cmd))
		if err != nil {
			return err
		}
		dir := dataDir(set.DataDir)
		if err := dir.existing(); err != nil {
			return err
		}
		store, service, err := dir.open(cmd.Context(), nil, nil)
		if err != nil {
			return err
		}
		defer store.Close()
		return do(cmd, args, store, service)
	}
}

func newBackup() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the state of this moment to a file, while the server runs or not",
		Long: `Writes the database of this moment to a new file. The server may run. The key of
the audit (audit.key) and the certificates (tls) are not in it: keep them
elsewhere. Metrics are not in it either.`,
		Args: cobra.ExactArgs(1),
		RunE: onDatabase(func(cmd *cobra.Command, args []string, store *sqlstore.Store, _ *controlplane.Service) error {
			if err := store.Backup(cmd.Context(), args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; keep audit.key of the data folder apart from it\n", args[0])
			return nil
		}),
	}
}

func newRestore() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Make the database of a backup; there must be none",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := loadSettings(settingFlags(cmd))
			if err != nil {
				return err
			}
			dir := dataDir(set.DataDir)
			if err := os.MkdirAll(string(dir), 0o700); err != nil {
				return fmt.Errorf("make the data folder: %w; check --data-dir", err)
			}
			if _, err := dir.readKey(false); err != nil {
				return err
			}
			if err := sqlstore.Restore(cmd.Context(), args[0], dir.database()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "restored %s\n", dir.database())
			return nil
		},
	}
}

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the database and the audit",
		Args:  cobra.NoArgs,
		RunE: onDatabase(func(cmd *cobra.Command, _ []string, store *sqlstore.Store, service *controlplane.Service) error {
			if err := store.Check(cmd.Context()); err != nil {
				return err
			}
			head, err := service.VerifyAudit(cmd.Context(), controlplane.AuditHead{})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "the database is whole; %d audit records\n", head.Sequence)
			return nil
		}),
	}
}

func newAudit() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The record of who did what"}
	var known string
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Check that no audit record was changed or taken away",
		Long: `Checks the chain of all records and prints its head. Keep the head elsewhere and
give it with --head later: then it is also seen if the last records were taken
away.`,
		Args: cobra.NoArgs,
		RunE: onDatabase(func(cmd *cobra.Command, _ []string, _ *sqlstore.Store, service *controlplane.Service) error {
			head, err := parseHead(known)
			if err != nil {
				return err
			}
			if head, err = service.VerifyAudit(cmd.Context(), head); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d records, none changed\nhead: %d:%x\n", head.Sequence, head.Sequence, head.MAC)
			return nil
		}),
	}
	verify.Flags().StringVar(&known, "head", "", "head that an earlier verify printed")
	cmd.AddCommand(verify)
	return cmd
}

func parseHead(text string) (h controlplane.AuditHead, err error) {
	if text == "" {
		return h, nil
	}
	number, mac, _ := strings.Cut(text, ":")
	if h.Sequence, err = strconv.ParseInt(number, 10, 64); err == nil {
		h.MAC, err = hex.DecodeString(mac)
	}
	if err != nil {
		return h, fmt.Errorf("head: %q; give it as verify printed it", text)
	}
	return h, nil
}

func newToken() *cobra.Command {
	draft := controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Role: controlplane.RoleAdmin}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Issue a token, for who has access to the data folder and lost theirs",
		Args:  cobra.NoArgs,
		RunE: onDatabase(func(cmd *cobra.Command, _ []string, _ *sqlstore.Store, service *controlplane.Service) error {
			by := controlplane.Caller{Subject: "phoenix-controlplane token", Role: controlplane.RoleAdmin}
			issued, err := service.CreateToken(cmd.Context(), by, draft)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), issued.Secret)
			return nil
		}),
	}
	cmd.Flags().StringVar(&draft.Subject, "subject", "administrator", "who gets it")
	cmd.Flags().StringVar((*string)(&draft.Role), "role", string(draft.Role), "viewer, operator, admin or worker")
	return cmd
}

// backup writes a backup into the data folder, for the API.
func (p *plane) backup(ctx context.Context) (httpapi.BackupFile, error) {
	if err := os.MkdirAll(p.dir.backups(), 0o700); err != nil {
		return httpapi.BackupFile{}, err
	}
	now := time.Now().UTC()
	path := filepath.Join(p.dir.backups(), now.Format("20060102-150405.000")+".db")
	if err := p.store.Backup(ctx, path); err != nil {
		return httpapi.BackupFile{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return httpapi.BackupFile{}, err
	}
	return httpapi.BackupFile{Path: path, Bytes: info.Size(), At: now}, nil
}
