package main

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	_ "modernc.org/sqlite"

	"signalbox/release/audit"
)

// TestEveryTamperingIsNamed changes a closed store behind signalbox's back, one way at a time, and expects
// `audit verify` to name the place. The guards are dropped first: whoever holds the file can do that.
func TestEveryTamperingIsNamed(t *testing.T) {
	b := newBox(t, "")
	company(b)
	for i := range 6 {
		b.must("person", "add", fmt.Sprintf("p%d", i), "--role", "viewer")
	}
	if out := b.must("audit", "verify"); !strings.Contains(out, "the log verifies") {
		t.Fatal(out)
	}
	rows := auditRows(t, b.dir)
	last := int64(len(rows))
	middle := last / 2

	type tampering struct {
		name string
		do   func(t *testing.T, db *sql.DB)
		says string
	}
	var all []tampering
	for _, seq := range []int64{1, middle, last} {
		for col, to := range map[string]string{
			"at": "at + 1", "actor": "actor || 'x'", "verb": "verb || 'x'", "subject": "subject || 'x'", "outcome": "'refused'",
		} {
			all = append(all, tampering{fmt.Sprintf("column %s of entry %d", col, seq), stmt("UPDATE audit_entry SET %s = %s WHERE seq = %d", col, to, seq),
				fmt.Sprintf("entry %d: the column %s differs", seq, col)})
		}
		all = append(all,
			tampering{fmt.Sprintf("one byte of the body of entry %d", seq), stmt("UPDATE audit_entry SET body = replace(body, '\"verb\":\"', '\"verb\":\"x') WHERE seq = %d", seq),
				fmt.Sprintf("entry %d: its leaf differs", seq)},
			tampering{fmt.Sprintf("one byte of the leaf of entry %d", seq), stmt("UPDATE audit_entry SET leaf = zeroblob(32) WHERE seq = %d", seq),
				fmt.Sprintf("entry %d: its leaf differs", seq)},
			tampering{fmt.Sprintf("entry %d rewritten with its leaf", seq), rewrite(rows, seq, false), "the stored tree differs"},
			tampering{fmt.Sprintf("entry %d rewritten with leaf and tree", seq), rewrite(rows, seq, true), "the tree recomputed too"},
		)
	}
	all = append(all,
		tampering{"an entry deleted", stmt("DELETE FROM audit_entry WHERE seq = %d", middle), fmt.Sprintf("entry %d missing", middle)},
		tampering{"two entries swapped", func(t *testing.T, db *sql.DB) {
			for _, q := range []string{"UPDATE audit_entry SET seq = 9999 WHERE seq = 2", "UPDATE audit_entry SET seq = 2 WHERE seq = 3", "UPDATE audit_entry SET seq = 3 WHERE seq = 9999"} {
				stmt("%s", q)(t, db)
			}
		}, "entry 2: the column seq differs"},
		tampering{"a tree hash changed", stmt("UPDATE audit_hash SET hash = zeroblob(32) WHERE idx = 4"), "the stored tree differs from the entries at hash 4"},
		tampering{"the tail cut", func(t *testing.T, db *sql.DB) {
			stmt("DELETE FROM audit_entry WHERE seq = %d", last)(t, db)
			stmt("DELETE FROM audit_hash WHERE idx >= %d", tlog.StoredHashIndex(0, last-1))(t, db)
		}, "the log was cut"},
	)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			copied := &box{t: t, dir: t.TempDir(), bin: b.bin}
			copyTree(t, b.dir, copied.dir)
			db := openFile(t, copied.dir)
			dropGuards(t, db)
			c.do(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			r := copied.cli("audit", "verify")
			if r.code != 4 || !strings.Contains(r.out, c.says) {
				t.Errorf("exit %d, want 4 and %q:\n%s%s", r.code, c.says, r.out, r.err)
			}
		})
	}
}

// stmt is a tampering by one statement, which must hit at least one row.
func stmt(format string, args ...any) func(*testing.T, *sql.DB) {
	return func(t *testing.T, db *sql.DB) {
		t.Helper()
		res, err := db.Exec(fmt.Sprintf(format, args...))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := res.RowsAffected(); n == 0 {
			t.Fatalf("no row was touched by %s", fmt.Sprintf(format, args...))
		}
	}
}

// rewrite changes an entry consistently: its text, the columns, its leaf, and with tree the whole tree.
func rewrite(rows []audit.Row, seq int64, tree bool) func(*testing.T, *sql.DB) {
	return func(t *testing.T, db *sql.DB) {
		t.Helper()
		var hashes []tlog.Hash
		read := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) {
			out := make([]tlog.Hash, len(ix))
			for i, x := range ix {
				out[i] = hashes[x]
			}
			return out, nil
		})
		for _, r := range rows {
			if r.Seq == seq {
				e, err := r.Entry()
				if err != nil {
					t.Fatal(err)
				}
				e.Summary = "nothing happened here"
				if r, err = audit.NewRow(e); err != nil {
					t.Fatal(err)
				}
				if _, err := db.Exec("UPDATE audit_entry SET body = ?, leaf = ? WHERE seq = ?", string(r.Body), r.Leaf[:], seq); err != nil {
					t.Fatal(err)
				}
			}
			added, err := audit.Append(r, read)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range added {
				hashes = append(hashes, s.Hash)
			}
		}
		for i, h := range hashes {
			if !tree {
				break
			}
			if _, err := db.Exec("UPDATE audit_hash SET hash = ? WHERE idx = ?", h[:], i); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func openFile(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "signalbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func dropGuards(t *testing.T, db *sql.DB) {
	t.Helper()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	if err := rows.Close(); err != nil || len(names) == 0 {
		t.Fatalf("the store has no guards: %v", err)
	}
	for _, n := range names {
		if _, err := db.Exec("DROP TRIGGER " + n); err != nil {
			t.Fatal(err)
		}
	}
}

func auditRows(t *testing.T, dir string) []audit.Row {
	t.Helper()
	rows, err := openFile(t, dir).Query("SELECT seq, body, leaf FROM audit_entry ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []audit.Row
	for rows.Next() {
		var r audit.Row
		var body string
		var leaf []byte
		if err := rows.Scan(&r.Seq, &body, &leaf); err != nil {
			t.Fatal(err)
		}
		r.Body = []byte(body)
		copy(r.Leaf[:], leaf)
		out = append(out, r)
	}
	return out
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	// CopyFS drops the modes that the keys need.
	if err := filepath.WalkDir(filepath.Join(to, "keys"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}); err != nil {
		t.Fatal(err)
	}
}
