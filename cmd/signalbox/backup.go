package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"signalbox/release"
	"signalbox/release/verb"
	"signalbox/store"
)

// evenIfDamaged is the flag by which a store is kept whose audit log does not verify.
const evenIfDamaged = "even-if-damaged"

func backupCommand(o *options) *cobra.Command {
	var even bool
	cmd := &cobra.Command{
		Use:   "backup DIRECTORY",
		Short: "Write the store, keys, checkpoints and configuration to a new directory, and verify them",
		Long: "May run while signalbox serves; what was acknowledged before it began is in it. The copy is opened, checked and its audit log verified before the " +
			"manifest is written; one that does not verify is not kept, unless --" + evenIfDamaged + " says so, and the manifest then says it too. " +
			"It holds the private keys: keep it as safe as the data directory. The secret files that the configuration names are not in it.",
		Example: "signalbox backup /var/backups/signalbox/2026-11-24 --data DIR",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, value, err := o.backup(cmd.Context(), args[0], even)
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: value}, o.json)
		},
	}
	cmd.Flags().BoolVar(&even, evenIfDamaged, false, "keep the backup although its audit log does not verify")
	return cmd
}

// backup writes a backup to a directory that is not there yet. One that fails leaves nothing.
func (o *options) backup(ctx context.Context, dest string, even bool) ([]string, any, error) {
	dir, err := o.existing()
	if err != nil {
		return nil, nil, err
	}
	from, err := o.storeOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	if dest, err = filepath.Abs(dest); err != nil {
		return nil, nil, err
	}
	if err := os.Mkdir(dest, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, nil, release.Errorf(release.Refused, "%s is there already", dest).Advise("name a directory that is not there yet: nothing is overwritten")
		}
		return nil, nil, release.Errorf(release.Unavailable, "%s cannot be made", dest).Advise("make the directory above it").Because(err)
	}
	lines, m, err := o.backUp(ctx, from, dir, dest, even)
	if err != nil {
		return nil, nil, abandon(dest, err)
	}
	return lines, m, nil
}

func (o *options) backUp(ctx context.Context, from store.Options, dir, dest string, even bool) ([]string, manifest, error) {
	m := manifest{Version: version, At: clock()}
	names, err := o.copyBeside(dir, dest, &m)
	if err != nil {
		return nil, m, err
	}
	holds, err := store.Backup(ctx, from, filepath.Join(dest, storeName))
	if err != nil {
		return nil, m, err
	}
	m.Schema = holds.Schema
	found, err := verifyBackup(ctx, dest)
	if err != nil {
		return nil, m, err
	}
	if found.damaged && !even {
		return nil, m, found.refusal("the audit log does not verify, and nothing was backed up",
			"see all of it: signalbox audit verify --data %s; keep a backup of it all the same with --%s", dir, evenIfDamaged)
	}
	if found.damaged {
		m.Damaged, m.Findings = true, found.first()
	}
	var total int64
	for _, name := range append(names, storeName) {
		b, err := digest(dest, name)
		if err != nil {
			return nil, m, err
		}
		m.Files = append(m.Files, b)
		total += b.Size
	}
	if err := writeManifest(dest, m); err != nil {
		return nil, m, err
	}
	lines := []string{fmt.Sprintf("%d files, %d bytes are in %s", len(m.Files), total, dest)}
	return append(lines, found.said()...), m, nil
}

// copyBeside copies what lies beside the store, and returns the names of what there was. The checkpoints are
// copied before the store: one that is younger than they are has everything that they sign.
func (o *options) copyBeside(dir, dest string, m *manifest) ([]string, error) {
	var names []string
	for _, name := range []string{"checkpoints", "keys/audit.key", "keys/audit.pub", "keys/host_ed25519", configFile} {
		source := filepath.Join(dir, name)
		if name == configFile && o.config != "" {
			elsewhere, err := filepath.Abs(o.config)
			if err != nil {
				return nil, err
			}
			if source = elsewhere; filepath.Dir(elsewhere) != dir {
				m.Config = elsewhere
			}
		}
		switch err := copyFile(source, filepath.Join(dest, name)); {
		case errors.Is(err, fs.ErrNotExist) && m.Config != "" && name == configFile:
			return nil, release.Errorf(release.NotFound, "the configuration %s is not there", source).Advise("correct --config")
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

// verifyBackup verifies the store of a backup. One of an older schema is verified by a copy, because to open a
// store raises its schema, and a backup is to have the schema that was backed up.
func verifyBackup(ctx context.Context, dest string) (verdict, error) {
	have, newest, err := store.Schema(ctx, store.Options{Path: filepath.Join(dest, storeName)})
	if err != nil || have == newest {
		if err != nil {
			return verdict{}, err
		}
		return verified(ctx, dest, "")
	}
	scratch, err := os.MkdirTemp(dest, "verify-")
	if err != nil {
		return verdict{}, release.Errorf(release.Unavailable, "%s cannot be written", dest).Because(err)
	}
	defer os.RemoveAll(scratch)
	for _, name := range []string{"checkpoints", "keys/audit.key", "keys/audit.pub", storeName} {
		if err := copyFile(filepath.Join(dest, name), filepath.Join(scratch, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return verdict{}, err
		}
	}
	return verified(ctx, scratch, "")
}

// existing is the data directory, which must be one.
func (o *options) existing() (string, error) {
	if o.data == "" {
		return "", release.Errorf(release.Usage, "no data directory was named").Advise("add --data DIR")
	}
	dir, err := filepath.Abs(o.data)
	if err != nil {
		return "", err
	}
	if there, err := exists(filepath.Join(dir, "keys", "audit.key")); err != nil || !there {
		return "", release.Errorf(release.NotFound, "there is no signalbox in %s", dir).Advise("name its data directory")
	}
	return dir, nil
}
