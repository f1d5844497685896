package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/store"
	"signalbox/store/storetest"
)

// line runs one command line in this process.
func line(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return result{out.String(), errs.String(), code}
}

// lined is line for what has to succeed.
func lined(t *testing.T, args ...string) string {
	t.Helper()
	r := line(t, args...)
	if r.code != 0 {
		t.Fatalf("signalbox %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// founded makes a data directory with an admin and a few entries in the log.
func founded(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "acme")
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	lined(t, "init", "--data", dir, "--admin", "ada", "--key", string(ssh.MarshalAuthorizedKey(key)))
	for _, who := range []string{"bob", "cody", "dana"} {
		lined(t, "person", "add", who, "--role", "viewer", "--data", dir)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tampered changes an entry of the log behind signalbox's back.
func tampered(t *testing.T, dir string) {
	t.Helper()
	db := openFile(t, dir)
	dropGuards(t, db)
	stmt("UPDATE audit_entry SET actor = 'nobody' WHERE seq = 2")(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

const tamperedSays = "entry 2: the column actor differs"

// listing is every path under a directory.
func listing(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if rel, rerr := filepath.Rel(dir, path); rerr == nil && rel != "." {
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// refused checks that a call ended in a Refused error that says all of it.
func refused(t *testing.T, what string, err error, says ...string) {
	t.Helper()
	if release.CodeOf(err) != release.Refused {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, s := range says {
		if !strings.Contains(release.AsError(err).Error(), s) {
			t.Errorf("%s: nothing says %q in: %v", what, s, err)
		}
	}
}

// TestTamperedStoreIsNotKept: a log that does not verify is neither backed up nor restored nor copied, unless
// the flag says so, and then everything says it.
func TestTamperedStoreIsNotKept(t *testing.T) {
	ctx := context.Background()
	dir := founded(t)
	good := filepath.Join(t.TempDir(), "good")
	lined(t, "backup", good, "--data", dir)
	tampered(t, dir)
	o := &options{data: dir}
	dest := filepath.Join(t.TempDir(), "kept")

	_, _, err := o.backup(ctx, dest, false)
	refused(t, "backup", err, tamperedSays, "nothing was backed up", "--even-if-damaged", "audit verify")
	if there, _ := exists(dest); there {
		t.Error("the unfinished backup, with the private keys, is still there")
	}
	if r := line(t, "backup", dest, "--data", dir); r.code != 4 {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	database := storetest.Postgres(t)
	_, _, err = o.copy(ctx, database, false)
	refused(t, "copy", err, tamperedSays, "nothing was copied")

	lines, value, err := o.backup(ctx, dest, true)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(lines, "\n"); !strings.Contains(text, "DAMAGED") || !strings.Contains(text, tamperedSays) {
		t.Errorf("the backup does not say that it is damaged:\n%s", text)
	}
	if m := value.(manifest); !m.Damaged || !strings.Contains(strings.Join(m.Findings, "\n"), tamperedSays) {
		t.Errorf("the manifest: %+v", m)
	}
	raw, err := os.ReadFile(filepath.Join(dest, manifestName))
	if err != nil || !bytes.Contains(raw, []byte(`"damaged": true`)) {
		t.Errorf("%v\n%s", err, raw)
	}

	back := &options{data: filepath.Join(t.TempDir(), "back")}
	_, _, err = back.restore(ctx, dest, false)
	refused(t, "restore", err, tamperedSays, "--even-if-damaged")
	if there, _ := exists(back.data); there {
		t.Error("the refused restore left something")
	}
	if lines, _, err = back.restore(ctx, dest, true); err != nil || !strings.Contains(strings.Join(lines, "\n"), "DAMAGED") {
		t.Errorf("restore with the flag: %v %v", lines, err)
	}
	if r := line(t, "audit", "verify", "--data", back.data); r.code != 4 {
		t.Errorf("the restored store: exit %d", r.code)
	}

	// A backup that was made good and is not any more, with a manifest that fits.
	tampered(t, good)
	var m manifest
	if m, err = readManifest(dest); err != nil {
		t.Fatal(err)
	}
	m.Damaged, m.Findings = false, nil
	for i, f := range m.Files {
		if m.Files[i], err = digest(good, f.Name); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeManifest(good, m); err != nil {
		t.Fatal(err)
	}
	again := &options{data: filepath.Join(t.TempDir(), "again"), database: database}
	_, _, err = again.restore(ctx, good, false)
	refused(t, "restore of what was changed", err, tamperedSays, "nothing was restored")
	if left := listing(t, filepath.Dir(again.data)); len(left) > 0 {
		t.Errorf("the refused restore left %v", left)
	}
	// The database is as empty as it was.
	again.data = founded(t)
	if _, _, err := again.copyOut(ctx, database); err != nil {
		t.Errorf("a copy into it: %v", err)
	}
}

// copyOut copies the SQLite store of the options.
func (o *options) copyOut(ctx context.Context, database string) ([]string, any, error) {
	return (&options{data: o.data}).copy(ctx, database, false)
}

// TestFailedBackupLeavesNothing: what has the private keys in it is removed with it.
func TestFailedBackupLeavesNothing(t *testing.T) {
	dir := founded(t)
	if err := os.Truncate(filepath.Join(dir, storeName), 8192); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(dir, storeName+suffix))
	}
	above := t.TempDir()
	if _, _, err := (&options{data: dir}).backup(context.Background(), filepath.Join(above, "kept"), true); err == nil {
		t.Error("half a file was backed up")
	}
	if left := listing(t, above); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if _, _, err := (&options{data: founded(t), config: filepath.Join(above, "nowhere.yaml")}).backup(context.Background(), filepath.Join(above, "kept"), false); release.CodeOf(err) != release.NotFound {
		t.Errorf("a configuration that is not there: %v", err)
	}
	if left := listing(t, above); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

const secretsConfig = `connectors:
  - name: github
    kind: github
    secret_file: github.secret
  - name: chat
    kind: webhook
    url: https://hooks.example.com/signalbox
    secret_env: SIGNALBOX_TEST_UNSET
`

// TestRestoreNeedsNoSecret: a configuration whose secrets are elsewhere is restored, and what it lacks is named.
func TestRestoreNeedsNoSecret(t *testing.T) {
	ctx := context.Background()
	dir := founded(t)
	write(t, filepath.Join(dir, configFile), secretsConfig)
	kept := filepath.Join(t.TempDir(), "kept")
	if _, _, err := (&options{data: dir}).backup(ctx, kept, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		dir  func(t *testing.T) string
	}{
		{"a directory that is not there", func(t *testing.T) string { return filepath.Join(t.TempDir(), "deep", "new") }},
		{"an empty directory", func(t *testing.T) string { return t.TempDir() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &options{data: c.dir(t)}
			lines, _, err := o.restore(ctx, kept, false)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(lines, "\n")
			for _, want := range []string{"the log verifies", "github.secret", "SIGNALBOX_TEST_UNSET"} {
				if !strings.Contains(text, want) {
					t.Errorf("nothing says %q in:\n%s", want, text)
				}
			}
			if r := line(t, "person", "list", "--data", o.data); r.code != 0 || !strings.Contains(r.out, "dana") {
				t.Errorf("the restored store: exit %d %s%s", r.code, r.out, r.err)
			}
			for _, name := range append(listing(t, o.data), listing(t, filepath.Dir(o.data))...) {
				if strings.HasSuffix(name, ".partial") {
					t.Errorf("%s was left", name)
				}
			}
			_, _, err = o.restore(ctx, kept, false)
			refused(t, "a second one", err, "is not empty")
		})
	}
}

// TestRestoreThatDied: what it left is named with what to do, and is not taken for a store.
func TestRestoreThatDied(t *testing.T) {
	ctx := context.Background()
	kept := filepath.Join(t.TempDir(), "kept")
	lined(t, "backup", kept, "--data", founded(t))
	fresh := &options{data: filepath.Join(t.TempDir(), "fresh")}
	if err := os.MkdirAll(fresh.data+".partial", 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, err := fresh.restore(ctx, kept, false)
	refused(t, "beside", err, fresh.data+".partial is there", "take it away")
	mounted := &options{data: t.TempDir()}
	if err := os.Mkdir(filepath.Join(mounted.data, "restore.partial"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, err = mounted.restore(ctx, kept, false)
	refused(t, "within", err, "restore.partial is there", "take it away")

	// One that fails in the middle leaves nothing, and is repeated as it stands.
	m, err := readManifest(kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(fresh.data + ".partial"); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := fresh.restore(ended, kept, false); err == nil {
		t.Fatal("a restore without time succeeded")
	}
	if left := listing(t, filepath.Dir(fresh.data)); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if _, got, err := fresh.restore(ctx, kept, false); err != nil || !got.(manifest).At.Equal(m.At) {
		t.Errorf("repeated: %v", err)
	}
}

// TestRestoreIntoDatabase: the database is filled last, and one that is filled says what to do.
func TestRestoreIntoDatabase(t *testing.T) {
	ctx := context.Background()
	kept := filepath.Join(t.TempDir(), "kept")
	lined(t, "backup", kept, "--data", founded(t))
	o := &options{data: filepath.Join(t.TempDir(), "new"), database: storetest.Postgres(t)}
	if _, _, err := o.restore(ctx, kept, false); err != nil {
		t.Fatal(err)
	}
	for _, name := range listing(t, o.data) {
		if strings.HasPrefix(name, "signalbox") && strings.Contains(name, ".db") {
			t.Errorf("%s lies beside the database", name)
		}
	}
	if out := lined(t, "audit", "verify", "--data", o.data, "--database", o.database); !strings.Contains(out, "the log verifies") {
		t.Error(out)
	}
	second := &options{data: filepath.Join(t.TempDir(), "new"), database: o.database}
	_, _, err := second.restore(ctx, kept, false)
	refused(t, "into a database that is filled", err, "is not empty", "drop the database, make it again")
	if left := listing(t, filepath.Dir(second.data)); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// TestConfigurationElsewhere: relative paths in it mean other files once it lies in the data directory.
func TestConfigurationElsewhere(t *testing.T) {
	ctx := context.Background()
	dir := founded(t)
	etc := filepath.Join(t.TempDir(), "etc.yaml")
	write(t, etc, secretsConfig)
	kept := filepath.Join(t.TempDir(), "kept")
	_, value, err := (&options{data: dir, config: etc}).backup(ctx, kept, false)
	if err != nil || value.(manifest).Config != etc {
		t.Fatalf("%v %+v", err, value)
	}
	back := &options{data: filepath.Join(t.TempDir(), "back")}
	lines, _, err := back.restore(ctx, kept, false)
	if text := strings.Join(lines, "\n"); err != nil || !strings.Contains(text, "the configuration was "+etc) || !strings.Contains(text, "relative paths") {
		t.Errorf("%v\n%s", err, text)
	}
	near := filepath.Join(t.TempDir(), "near")
	write(t, filepath.Join(dir, "other.yaml"), secretsConfig)
	if _, value, err = (&options{data: dir, config: filepath.Join(dir, "other.yaml")}).backup(ctx, near, false); err != nil || value.(manifest).Config != "" {
		t.Errorf("one in the data directory: %v %+v", err, value)
	}
}

// older makes the store of a data directory as the first schema had it, with its people and its log.
func older(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, storeName)
	db, err := sql.Open("sqlite", "file:"+path+".old?mode=rwc")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // what is attached belongs to a connection
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(filepath.Join("..", "..", "store", "migrations", "sqlite")),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err == nil {
		_, err = p.UpTo(context.Background(), 1)
	}
	if err == nil {
		_, err = db.Exec("PRAGMA foreign_keys = OFF; ATTACH ? AS new", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range strings.Fields("meta sequence people_state person person_key person_identity person_grant audit_key audit_entry audit_hash audit_head") {
		if _, err := db.Exec("INSERT OR REPLACE INTO main." + table + " SELECT * FROM new." + table); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
}

func schemaOf(t *testing.T, dir string) int64 {
	t.Helper()
	have, _, err := store.Schema(context.Background(), store.Options{Path: filepath.Join(dir, storeName)})
	if err != nil {
		t.Fatal(err)
	}
	return have
}

// TestOlderSchema: neither a backup nor doctor raises the schema of a store, and a backup has the schema that
// its manifest says. A restore raises it and says so.
func TestOlderSchema(t *testing.T) {
	ctx := context.Background()
	dir := founded(t)
	newest := schemaOf(t, dir)
	older(t, dir)
	before := listing(t, dir)
	kept := filepath.Join(t.TempDir(), "kept")
	lines, value, err := (&options{data: dir}).backup(ctx, kept, false)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(lines, "\n"); !strings.Contains(text, "the log verifies") {
		t.Error(text)
	}
	if m := value.(manifest); m.Schema != 1 || schemaOf(t, kept) != 1 || schemaOf(t, dir) != 1 {
		t.Errorf("the manifest says %d, the backup has %d, and the store %d", m.Schema, schemaOf(t, kept), schemaOf(t, dir))
	}
	for _, name := range listing(t, kept) {
		if strings.Contains(name, "verify") {
			t.Errorf("%s was left", name)
		}
	}
	found := (&options{data: dir}).examine(ctx, "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t))
	if !slices.ContainsFunc(found, func(f finding) bool {
		return f.Check == "database" && f.State == warn && strings.Contains(f.Text, "its schema is 1; this signalbox would raise it to")
	}) {
		t.Errorf("doctor: %+v", found)
	}
	if after := listing(t, dir); schemaOf(t, dir) != 1 || !slices.Equal(before, after) {
		t.Errorf("the store has schema %d and was %v, is %v", schemaOf(t, dir), before, after)
	}
	_, _, err = (&options{data: dir}).copy(ctx, "postgres://127.0.0.1:1/nowhere", false)
	refused(t, "copy", err, "the schema of the store is 1")
	if schemaOf(t, dir) != 1 {
		t.Error("copy raised the schema")
	}
	back := &options{data: filepath.Join(t.TempDir(), "back")}
	lines, _, err = back.restore(ctx, kept, false)
	if text := strings.Join(lines, "\n"); err != nil || !strings.Contains(text, "the schema was 1 in the backup") || schemaOf(t, back.data) != newest {
		t.Errorf("restore: %v\n%s", err, text)
	}
}

// TestManifestIsLast: a manifest has its name only when it is whole.
func TestManifestIsLast(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	lined(t, "backup", kept, "--data", founded(t))
	raw, err := os.ReadFile(filepath.Join(kept, manifestName))
	if err != nil || !json.Valid(raw) {
		t.Fatalf("%v\n%s", err, raw)
	}
	if names := listing(t, kept); slices.Contains(names, manifestName+".partial") {
		t.Errorf("left: %v", names)
	}
	// What stands in its way leaves no manifest.
	if err := os.Remove(filepath.Join(kept, manifestName)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(kept, manifestName, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeManifest(kept, manifest{}); release.CodeOf(err) != release.Unavailable {
		t.Errorf("writing over a directory: %v", err)
	}
	if _, err := readManifest(kept); release.CodeOf(err) != release.NotFound {
		t.Errorf("reading it: %v", err)
	}
}
