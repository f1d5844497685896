package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"signalbox/cmd/signalbox/settings"
	"signalbox/release"
	"signalbox/release/verb"
	"signalbox/store"
)

func restoreCommand(o *options) *cobra.Command {
	var even bool
	cmd := &cobra.Command{
		Use:   "restore DIRECTORY",
		Short: "Bring a backup back into an empty data directory (and an empty PostgreSQL database), and verify it",
		Long: "Refuses a backup whose files are not as the manifest says or whose audit log does not verify, and a target that holds anything. It is all put beside the target, " +
			"in DIR.partial (in an empty directory that is there already: DIR/restore.partial), verified, and then given its name. With --database the store goes into that " +
			"PostgreSQL database and the keys and checkpoints into the data directory.",
		Example: "signalbox restore /var/backups/signalbox/2026-11-24 --data NEWDIR",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, value, err := o.restore(cmd.Context(), args[0], even)
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: value}, o.json)
		},
	}
	cmd.Flags().BoolVar(&even, evenIfDamaged, false, "restore a backup whose audit log does not verify")
	return cmd
}

// restore brings a backup back. One that fails leaves the target as it was and can be repeated.
func (o *options) restore(ctx context.Context, source string, even bool) ([]string, any, error) {
	if o.data == "" {
		return nil, nil, release.Errorf(release.Usage, "no data directory was named").Advise("add --data DIR, a directory that is empty or not there yet")
	}
	m, err := readManifest(source)
	if err != nil {
		return nil, nil, err
	}
	if m.Damaged && !even {
		return nil, nil, verdict{lines: m.Findings}.refusal(fmt.Sprintf("the audit log in %s did not verify when it was backed up", source),
			"take an older backup, or restore this one all the same with --%s", evenIfDamaged)
	}
	p, err := newPlace(o.data)
	if err != nil {
		return nil, nil, err
	}
	to, err := o.storeOptions(p.dir)
	if err != nil {
		return nil, nil, err
	}
	if err := p.make(); err != nil {
		return nil, nil, err
	}
	found, err := p.fill(ctx, source, m, even)
	if err == nil && o.database != "" {
		found, err = p.move(ctx, to, even)
	}
	if err == nil {
		err = p.settle(o.database)
	}
	if err != nil {
		return nil, nil, abandon(p.stage, err)
	}
	lines := append([]string{fmt.Sprintf("the backup of %s is restored in %s", m.At.Format(time.RFC3339), p.dir)}, found.said()...)
	if _, newest, err := store.Schema(ctx, to); err == nil && m.Schema > 0 && m.Schema < newest {
		lines = append(lines, fmt.Sprintf("the schema was %d in the backup and is %d now: an older signalbox refuses it", m.Schema, newest))
	}
	return append(lines, p.remarks(m)...), m, nil
}

// place is the data directory of a restore, and where it is put together.
type place struct {
	dir, stage string
	within     bool // the directory was there and is empty; it may be a mount, which cannot be renamed
}

func newPlace(data string) (place, error) {
	dir, err := filepath.Abs(data)
	if err != nil {
		return place{}, err
	}
	p := place{dir: dir, stage: dir + ".partial"}
	entries, err := os.ReadDir(dir)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "lost+found" }) // of a fresh file system
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return p, release.Errorf(release.Unavailable, "%s cannot be read", dir).Advise("name a directory that is empty or not there yet").Because(err)
	default:
		p.stage, p.within = filepath.Join(dir, "restore.partial"), true
	}
	if there, err := exists(p.stage); err == nil && there {
		return p, release.Errorf(release.Refused, "%s is there: a restore that did not end has left it, or one is at work", p.stage).
			Advise("if none is at work, take it away and restore again")
	}
	if len(entries) > 0 {
		return p, release.Errorf(release.Refused, "%s is not empty", dir).Advise("restore into a new directory: nothing is overwritten")
	}
	return p, nil
}

func (p place) make() error {
	err := os.MkdirAll(filepath.Dir(p.stage), 0o700)
	if err == nil {
		err = os.Mkdir(p.stage, 0o700)
	}
	if err != nil {
		return release.Errorf(release.Unavailable, "%s cannot be made", p.stage).Advise("look at the permissions there").Because(err)
	}
	return nil
}

// fill copies the backup into the stage and verifies it there, before any database is touched.
func (p place) fill(ctx context.Context, source string, m manifest, even bool) (verdict, error) {
	for _, b := range m.Files {
		name := filepath.FromSlash(b.Name)
		if err := copyFile(filepath.Join(source, name), filepath.Join(p.stage, name)); err != nil {
			return verdict{}, err
		}
	}
	found, err := verified(ctx, p.stage, "")
	if err == nil && found.damaged && !even {
		err = found.refusal(fmt.Sprintf("the audit log in %s does not verify, and nothing was restored", source),
			"take an older backup, or restore this one all the same with --%s", evenIfDamaged)
	}
	return found, err
}

// move copies the store of the stage into a PostgreSQL database, in one transaction, and takes it out of the
// stage. What fails before that leaves the database as it was.
func (p place) move(ctx context.Context, to store.Options, even bool) (verdict, error) {
	to.Now = clock
	if _, err := store.Copy(ctx, store.Options{Path: filepath.Join(p.stage, storeName), Now: clock}, to, nil); err != nil {
		return verdict{}, filled(err)
	}
	found, err := verified(ctx, p.stage, to.URL)
	if err == nil && found.damaged && !even {
		err = found.refusal("the audit log in the database does not verify", "take an older backup, or restore this one all the same with --%s", evenIfDamaged)
	}
	if err != nil {
		return found, afterCopy(err)
	}
	files, err := filepath.Glob(filepath.Join(p.stage, "signalbox*.db*")) // with what SQLite keeps beside it
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	return found, afterCopy(err)
}

// filled says what to do where the database holds something already.
func filled(err error) error {
	e := release.AsError(err)
	if e.Code != release.Refused {
		return err
	}
	return e.Advise("%s; if a restore or a copy that did not end has filled it, drop the database, make it again and repeat", e.Try)
}

// afterCopy is the error of what failed when the database had been filled.
func afterCopy(err error) error {
	if err == nil {
		return nil
	}
	e := release.AsError(err)
	return release.Errorf(e.Code, "the database was filled, and then: %s", e.Message).
		Advise("drop the database, make it again and repeat").Because(err)
}

// settle makes the stage durable and gives it its name.
func (p place) settle(database string) error {
	failed := func(err error) error {
		e := release.Errorf(release.Unavailable, "%s cannot be written", p.dir).Advise("look at the free space and the permissions there").Because(err)
		if database != "" {
			return afterCopy(e)
		}
		return e
	}
	if err := syncTree(p.stage); err != nil {
		return failed(err)
	}
	if !p.within {
		err := os.Rename(p.stage, p.dir)
		if err == nil {
			err = syncDirectories(filepath.Dir(p.dir))
		}
		if err != nil {
			return failed(err)
		}
		return nil
	}
	if err := p.spread(); err != nil {
		return failed(err)
	}
	return nil
}

// spread takes what is in the stage up into the directory that was there, all or nothing and the keys last.
func (p place) spread() error {
	entries, err := os.ReadDir(p.stage)
	if err != nil {
		return err
	}
	names := []string{}
	for _, e := range entries {
		if e.Name() != "keys" {
			names = append(names, e.Name())
		}
	}
	names = append(names, "keys") // without them a directory is no signalbox
	for i, name := range names {
		if err := os.Rename(filepath.Join(p.stage, name), filepath.Join(p.dir, name)); err != nil {
			for _, moved := range names[:i] {
				err = errors.Join(err, os.RemoveAll(filepath.Join(p.dir, moved)))
			}
			return err
		}
	}
	return errors.Join(os.Remove(p.stage), syncDirectories(p.dir))
}

// remarks are what a person should know of the restored configuration: where its paths start now, and what it
// names that is not here.
func (p place) remarks(m manifest) []string {
	path := filepath.Join(p.dir, configFile)
	if there, err := exists(path); err != nil || !there {
		return nil
	}
	var out []string
	if m.Config != "" {
		out = append(out, fmt.Sprintf("warning: the configuration was %s and is now %s: relative paths in it start at %s now", m.Config, path, p.dir))
	}
	c, err := settings.Load(path)
	if err != nil {
		return append(out, "warning: "+release.AsError(err).Message+"; signalbox config check --data "+p.dir)
	}
	for _, w := range c.Warnings(os.Getenv) {
		out = append(out, "warning: "+w.String())
	}
	return out
}
