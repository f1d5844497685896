package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"signalbox/release"
)

// Contents says what a database holds.
type Contents struct {
	Schema int64     `json:"schema"` // version
	Tables []Counted `json:"tables"`
}

// Counted is how many rows a table has.
type Counted struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Rows is the number of rows in all tables.
func (c Contents) Rows() (n int64) {
	for _, t := range c.Tables {
		n += t.Rows
	}
	return n
}

// copyRows and copyArgs bound the rows and the parameters of one INSERT.
const (
	copyRows = 200
	copyArgs = 8000
)

// Copy copies all that one store holds, as of one instant, into another that is empty, on the same engine or
// the other one, and compares the two before it commits: the rows of each table are counted and hashed on
// both sides. The target is made where there is none. Other processes may go on with the source; they find
// the target as it was, or whole. The source's schema must be this program's. progress is told how many rows
// of a table are copied, after each part; nil tells nobody.
//
// The tables that only one engine has, by which its processes speak to each other (topic, request), are
// copied only to the same engine. A numbering goes on where the source's stood.
func Copy(ctx context.Context, from, to Options, progress func(table string, rows int64)) (Contents, error) {
	if progress == nil {
		progress = func(string, int64) {}
	}
	src, err := openSource(ctx, from)
	if err != nil {
		return Contents{}, err
	}
	defer src.close()
	dst, err := openTarget(ctx, to)
	if err != nil {
		return Contents{}, err
	}
	defer dst.close()
	c, err := dst.fill(ctx, src, progress)
	if err != nil {
		return Contents{}, err
	}
	dst.whole = true
	return c, nil
}

// table is what is known of a table to copy it.
type table struct {
	name    string
	columns []column
	keys    []string // of the primary key, quoted, by which its rows are ordered alike everywhere
}

// column has its name and which of the four kinds of value it holds.
type column struct {
	name string
	kind kind
}

type kind byte

const (
	kindInteger kind = 'i'
	kindText    kind = 't'
	kindReal    kind = 'f'
	kindBlob    kind = 'b'
)

func kindOf(sqlType string) (kind, bool) {
	k, ok := map[string]kind{
		"INTEGER": kindInteger, "BIGINT": kindInteger, "TEXT": kindText, "REAL": kindReal, "DOUBLE PRECISION": kindReal,
		"BLOB": kindBlob, "BYTEA": kindBlob,
	}[strings.ToUpper(sqlType)]
	return k, ok
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (t table) list() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quoted(c.name)
	}
	return strings.Join(names, ", ")
}

// fill copies what the source holds into the side's own transaction, and commits it.
func (dst *side) fill(ctx context.Context, src *side, progress func(string, int64)) (Contents, error) {
	tables, err := dst.plan(ctx)
	if err != nil {
		return Contents{}, err
	}
	seeded, err := dst.unused(ctx, tables)
	if err != nil {
		return Contents{}, err
	}
	if tables, err = src.shared(ctx, tables, dst); err != nil {
		return Contents{}, err
	}
	c := Contents{Schema: dst.version}
	for _, t := range tables {
		if seeded[t.name] {
			if _, err := dst.conn.ExecContext(ctx, "DELETE FROM "+quoted(t.name)); err != nil {
				return Contents{}, stopped(t.name, err)
			}
		}
		n, err := dst.fillTable(ctx, src, t, progress)
		if err != nil {
			return Contents{}, err
		}
		c.Tables = append(c.Tables, Counted{t.name, n})
	}
	if err := dst.number(ctx, src, tables); err != nil {
		return Contents{}, err
	}
	if _, err := dst.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return Contents{}, explain(err)
	}
	if dst.made != "" {
		if err := syncDirectory(filepath.Dir(dst.made)); err != nil {
			return Contents{}, release.Errorf(release.Unavailable, "it is not known whether the disk keeps %s", dst.made).
				Advise("look at the disk, then copy again").Because(err)
		}
	}
	slices.SortFunc(c.Tables, func(a, b Counted) int { return strings.Compare(a.Table, b.Table) })
	return c, nil
}

// fillTable copies the rows of a table in the order of its key, which is what the audit log insists on, and
// compares the two.
func (dst *side) fillTable(ctx context.Context, src *side, t table, progress func(string, int64)) (int64, error) {
	sum := newDigest()
	group := "(" + strings.Repeat("?,", len(t.columns)-1) + "?)"
	most := max(1, min(copyRows, copyArgs/len(t.columns)))
	args := make([]any, 0, most*len(t.columns))
	insert := func() error {
		n := len(args) / len(t.columns)
		if n == 0 {
			return nil
		}
		query := "INSERT INTO " + quoted(t.name) + " (" + t.list() + ") VALUES " + strings.Repeat(group+",", n-1) + group
		_, err := dst.conn.ExecContext(ctx, dst.dialect.bind(query), args...)
		args = args[:0]
		progress(t.name, sum.rows)
		return err
	}
	err := src.rows(ctx, t, func(row []any) error {
		sum.add(row)
		if args = append(args, row...); len(args) == cap(args) {
			return insert()
		}
		return nil
	})
	if err == nil {
		err = insert()
	}
	if err != nil {
		return 0, stopped(t.name, err)
	}
	there := newDigest()
	if err := dst.rows(ctx, t, func(row []any) error { there.add(row); return nil }); err != nil {
		return 0, stopped(t.name, err)
	}
	if there.rows != sum.rows || !slices.Equal(there.Sum(nil), sum.Sum(nil)) {
		return 0, release.Errorf(release.Internal, "the copy of the table %s differs from the original: %d rows there and %d here", t.name, there.rows, sum.rows).
			Advise("nothing was kept of the copy; the original is as it was")
	}
	return sum.rows, nil
}

// stopped is the error of a copy that could not go on.
func stopped(table string, cause error) error {
	e := release.AsError(explain(cause))
	if e.Code == release.Unavailable {
		return e
	}
	return release.Errorf(release.Internal, "the copy could not go on in the table %s", table).
		Advise("nothing was kept of it, and the original is as it was; the log has the cause").Because(cause)
}

// rows calls each for every row of a table, in the order of its key. The row is each's to keep.
func (s *side) rows(ctx context.Context, t table, each func(row []any) error) error {
	rows, err := s.conn.QueryContext(ctx, "SELECT "+t.list()+" FROM "+quoted(t.name)+" ORDER BY "+strings.Join(t.keys, ", "))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		dest := make([]any, len(t.columns))
		for i, c := range t.columns {
			switch c.kind {
			case kindInteger:
				dest[i] = new(sql.NullInt64)
			case kindText:
				dest[i] = new(sql.NullString)
			case kindReal:
				dest[i] = new(sql.NullFloat64)
			case kindBlob:
				dest[i] = new(any)
			}
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row := make([]any, len(dest))
		for i, d := range dest {
			switch v := d.(type) {
			case *sql.NullInt64:
				row[i], _ = v.Value() // has no error
			case *sql.NullString:
				row[i], _ = v.Value()
			case *sql.NullFloat64:
				row[i], _ = v.Value()
			case *any:
				row[i] = *v
				if b, ok := (*v).([]byte); ok && b == nil {
					row[i] = []byte{} // of no length, which is not NULL
				}
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// digest hashes rows so that no two tables of different contents have the same hash.
type digest struct {
	hash.Hash
	rows int64
}

func newDigest() *digest { return &digest{Hash: sha256.New()} }

func (d *digest) add(row []any) {
	d.rows++
	var b []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, '0')
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, byte(kindInteger)), uint64(v))
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, byte(kindReal)), math.Float64bits(v))
		case string:
			b = append(binary.BigEndian.AppendUint64(append(b, byte(kindText)), uint64(len(v))), v...)
		case []byte:
			b = append(binary.BigEndian.AppendUint64(append(b, byte(kindBlob)), uint64(len(v))), v...)
		default:
			b = fmt.Appendf(append(b, '?'), "%T %v", v, v)
		}
	}
	_, _ = d.Write(b) // a hash has no error
}

// number makes the target's numberings go on where the source's stood, and beyond every number that is there.
func (dst *side) number(ctx context.Context, src *side, tables []table) error {
	for _, t := range tables {
		column, err := dst.numbered(ctx, t.name)
		if err != nil || column == "" {
			if err != nil {
				return stopped(t.name, err)
			}
			continue
		}
		last, err := src.last(ctx, t.name, column)
		if err != nil {
			return stopped(t.name, err)
		}
		var highest sql.NullInt64
		err = dst.conn.QueryRowContext(ctx, "SELECT MAX("+quoted(column)+") FROM "+quoted(t.name)).Scan(&highest)
		if err != nil {
			return stopped(t.name, err)
		}
		if last = max(last, highest.Int64); last == 0 {
			continue
		}
		if err := dst.setLast(ctx, t.name, column, last); err != nil {
			return stopped(t.name, err)
		}
	}
	return nil
}
