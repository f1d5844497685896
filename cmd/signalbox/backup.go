package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"signalbox/release"
	"signalbox/release/verb"
	"signalbox/store"
)

// A backup is a directory: the store as one SQLite file, whatever engine it came from; the keys and the
// checkpoints; the configuration; and a manifest that is written last and names every file with its digest.
const manifestName = "manifest.json"

// manifest says what is in a backup.
type manifest struct {
	Version string    `json:"version"` // of signalbox
	At      time.Time `json:"at"`
	Files   []backed  `json:"files"`
}

// backed is one file of a backup.
type backed struct {
	Name   string `json:"name"` // relative to the backup, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func backupCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIRECTORY",
		Short: "Write the store, keys, checkpoints and configuration to a new directory, and verify them",
		Long: "May run while signalbox serves; what was acknowledged before it began is in it. The copy is opened, checked and its audit log verified before the " +
			"manifest is written. It holds the private keys: keep it as safe as the data directory. The secret files that the configuration names are not in it.",
		Example: "signalbox backup /var/backups/signalbox/2026-11-24 --data DIR",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, value, err := o.backup(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: value}, o.json)
		},
	}
}

func restoreCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "restore DIRECTORY",
		Short: "Bring a backup back into an empty data directory (and an empty PostgreSQL database), and verify it",
		Long: "Refuses a backup whose files are not as the manifest says, and a target that holds anything. With --database the store goes into that " +
			"PostgreSQL database and the keys and checkpoints into the data directory.",
		Example: "signalbox restore /var/backups/signalbox/2026-11-24 --data NEWDIR",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, value, err := o.restore(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: value}, o.json)
		},
	}
}

func copyCommand(o *options) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "copy --to URL",
		Short: "Copy the whole store into an empty PostgreSQL database, and verify it",
		Long: "For an installation that has outgrown one machine. Stop signalbox first: what is decided after the copy began is not in it. The data directory keeps its " +
			"keys and checkpoints; serve it with --database from then on, and keep signalbox.db until you are sure.",
		Example: "signalbox copy --data DIR --to postgres://signalbox@db/signalbox",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lines, value, err := o.copy(cmd.Context(), to)
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: value}, o.json)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "PostgreSQL URL of the empty database")
	return cmd
}

func (o *options) backup(ctx context.Context, dest string) ([]string, any, error) {
	dir, err := o.existing()
	if err != nil {
		return nil, nil, err
	}
	from, err := o.storeOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := os.Mkdir(dest, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, nil, release.Errorf(release.Refused, "%s is there already", dest).Advise("name a directory that is not there yet: nothing is overwritten")
		}
		return nil, nil, release.Errorf(release.Unavailable, "%s cannot be made", dest).Advise("make the directory above it").Because(err)
	}
	// The checkpoints first: a store that is younger than they are has everything that they sign.
	names := []string{}
	for _, name := range []string{"checkpoints", "keys/audit.key", "keys/audit.pub", "keys/host_ed25519", "signalbox.yaml"} {
		source := filepath.Join(dir, name)
		if name == "signalbox.yaml" && o.config != "" {
			source = o.config
		}
		switch err := copyFile(source, filepath.Join(dest, name)); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, nil, err
		default:
			names = append(names, name)
		}
	}
	if _, err := store.Backup(ctx, from, filepath.Join(dest, "signalbox.db")); err != nil {
		return nil, nil, err
	}
	names = append(names, "signalbox.db")
	verified, err := verifyIn(ctx, &options{data: dest, config: os.DevNull})
	if err != nil {
		return nil, nil, err
	}
	m := manifest{Version: version, At: clock()}
	var total int64
	for _, name := range names {
		b, err := digest(dest, name)
		if err != nil {
			return nil, nil, err
		}
		m.Files = append(m.Files, b)
		total += b.Size
	}
	if err := writeManifest(dest, m); err != nil {
		return nil, nil, err
	}
	lines := []string{fmt.Sprintf("%d files, %d bytes are in %s", len(m.Files), total, dest)}
	return append(lines, verified...), m, nil
}

func (o *options) restore(ctx context.Context, source string) ([]string, any, error) {
	if o.data == "" {
		return nil, nil, release.Errorf(release.Usage, "no data directory was named").Advise("add --data DIR, a directory that is empty or not there yet")
	}
	m, err := readManifest(source)
	if err != nil {
		return nil, nil, err
	}
	dir, err := filepath.Abs(o.data)
	if err != nil {
		return nil, nil, err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, nil, release.Errorf(release.Refused, "%s is not empty", dir).Advise("restore into a new directory: nothing is overwritten")
	}
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		return nil, nil, release.Errorf(release.Unavailable, "%s cannot be made", dir).Because(err)
	}
	for _, b := range m.Files {
		if b.Name == "signalbox.db" && o.database != "" {
			continue
		}
		if err := copyFile(filepath.Join(source, filepath.FromSlash(b.Name)), filepath.Join(dir, filepath.FromSlash(b.Name))); err != nil {
			return nil, nil, err
		}
	}
	if o.database != "" {
		to, err := o.storeOptions(dir)
		if err != nil {
			return nil, nil, err
		}
		if _, err := store.Copy(ctx, store.Options{Path: filepath.Join(source, "signalbox.db"), Now: clock}, to, nil); err != nil {
			return nil, nil, err
		}
	}
	verified, err := verifyIn(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return append([]string{fmt.Sprintf("the backup of %s is restored in %s", m.At.Format(time.RFC3339), dir)}, verified...), m, nil
}

func (o *options) copy(ctx context.Context, url string) ([]string, any, error) {
	dir, err := o.existing()
	if err != nil {
		return nil, nil, err
	}
	from, err := o.storeOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	target := *o
	target.database = url
	if url == "" {
		return nil, nil, release.Errorf(release.Usage, "copy: the target is missing").Advise("add --to postgres://USER@HOST/NAME")
	}
	to, err := target.storeOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	from.Now, to.Now = clock, clock
	got, err := store.Copy(ctx, from, to, nil)
	if err != nil {
		return nil, nil, err
	}
	verified, err := verifyIn(ctx, &target)
	if err != nil {
		return nil, nil, err
	}
	return append([]string{fmt.Sprintf("%d rows were copied and compared", got.Rows())}, verified...), got, nil
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

// verifyIn verifies the audit log of a data directory and says what it found.
func verifyIn(ctx context.Context, o *options) ([]string, error) {
	h, err := o.open(ctx, false, logger(io.Discard))
	if err != nil {
		return nil, err
	}
	defer h.Close()
	ans, err := h.control.Do(ctx, verb.Call{Verb: "audit verify", Actor: localActor()})
	return ans.Lines, err
}

func digest(dir, name string) (backed, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return backed{}, release.Errorf(release.NotFound, "%s is missing in %s", name, dir).Because(err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return backed{}, release.Errorf(release.Unavailable, "%s in %s cannot be read", name, dir).Because(err)
	}
	return backed{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// copyFile copies a file that its owner alone may read, and has it on the disk when it returns.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return release.Errorf(release.Unavailable, "%s cannot be read", from).Because(err)
	}
	defer in.Close()
	failed := func(err error) error {
		return release.Errorf(release.Unavailable, "%s cannot be written", to).Advise("look at the free space and the permissions there").Because(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return failed(err)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return failed(err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return failed(err)
	}
	return nil
}

func writeManifest(dir string, m manifest) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestName)
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return release.Errorf(release.Unavailable, "%s cannot be written", path).Because(err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// readManifest reads a backup's manifest and holds every file against it.
func readManifest(dir string) (manifest, error) {
	var m manifest
	raw, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, release.Errorf(release.NotFound, "%s is no whole backup: it has no %s", dir, manifestName).
			Advise("name a directory that `signalbox backup` has finished").Because(err)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, release.Errorf(release.Refused, "%s in %s is damaged", manifestName, dir).Advise("take another backup").Because(err)
	}
	for _, want := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(want.Name)) {
			return m, release.Errorf(release.Refused, "the manifest names %q, which is outside of the backup", release.Clean(want.Name, 100))
		}
		got, err := digest(dir, want.Name)
		if err != nil {
			return m, err
		}
		if got != want {
			return m, release.Errorf(release.Refused, "%s in %s is not what was backed up", want.Name, dir).Advise("take another backup")
		}
	}
	if !slices.ContainsFunc(m.Files, func(b backed) bool { return b.Name == "signalbox.db" }) {
		return m, release.Errorf(release.Refused, "%s holds no store", dir).Advise("take another backup")
	}
	return m, nil
}
