package csv

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
)

// table is a sheet that was read: its rows, and those that are none.
type table struct {
	file    string
	index   map[string]int // of a column
	rows    []row
	read    int // rows that are not blank
	refused []refusal
	unread  []string       // ids of rows that were refused
	taken   map[string]int // lines of the ids that were taken
}

// row is a line of a table, usually one of the file. Its cells have no guard.
type row struct {
	line  int
	cells []string
}

type refusal struct {
	line int
	fact.Refusal
}

func (t *table) refuse(line int, item, format string, args ...any) {
	t.refused = append(t.refused, refusal{line, fact.Refusal{Place: connectors.At(t.file, line), Item: release.Clean(item, 120), Reason: release.Clean(fmt.Sprintf(format, args...), 500)}})
}

// refusals are in order of their lines.
func (t *table) refusals() []fact.Refusal {
	slices.SortStableFunc(t.refused, func(a, b refusal) int { return cmp.Compare(a.line, b.line) })
	var out []fact.Refusal
	for _, r := range t.refused {
		out = append(out, r.Refusal)
	}
	return out
}

// decode reads a table: a header line, and rows of as many cells. Cells are separated by commas or, if the
// header says so, semicolons. The error is Usage and refuses the whole.
func decode(file string, data []byte, columns, required []string) (*table, error) {
	bad := func(try, format string, args ...any) (*table, error) {
		return nil, release.Errorf(release.Usage, "%s: "+format, append([]any{file}, args...)...).Advise("%s", try)
	}
	if len(data) > maxFile {
		return bad("split it into several files", "it has %d bytes; at most %d are read", len(data), maxFile)
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return bad(`save it as "CSV UTF-8"`, "it is written in UTF-16, not in UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if line := notUTF8(data); line > 0 {
		return bad(`save it as "CSV UTF-8"`, "it is not written in UTF-8: line %d has bytes of another encoding, perhaps Latin-1", line)
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = delimiter(data), -1, true
	head, err := r.Read()
	if err == io.EOF {
		return bad("begin it with the line "+strings.Join(columns, ","), "it is empty")
	} else if err != nil {
		return bad("correct its quotes", "its header line cannot be read")
	}
	t := &table{file: file, index: map[string]int{}}
	if try, text := t.header(head, columns, required); text != "" {
		return bad(try, "%s", text)
	}
	width := len(head)
	for {
		from := r.InputOffset()
		cells, err := r.Read()
		if err == io.EOF {
			return t, nil
		}
		if blank(cells) && err == nil {
			continue
		}
		if t.read++; t.read > maxRows {
			return bad("split it into several files", "it has more than %d rows", maxRows)
		}
		if err != nil {
			line, swallowed := broken(err, data[from:r.InputOffset()], r.InputOffset() == int64(len(data)))
			if swallowed {
				return bad("correct its quotes: one within a cell is written twice", "a quote in the row at line %d is not closed, or stands within a cell, so that the rows after it cannot be told", line)
			}
			t.refuse(line, "row", "a quote stands within a cell; write it twice, and the cell in quotes")
			t.unknown(cells)
			continue
		}
		line, _ := r.FieldPos(0)
		t.add(row{line: line, cells: cells}, width)
	}
}

// header reads the names of the columns. It returns what is wrong, in words, and what to do.
func (t *table) header(head, columns, required []string) (try, text string) {
	there := "there are " + strings.Join(columns, ", ")
	if len(head) > maxColumns {
		return there, fmt.Sprintf("its header has %d columns; at most %d are read", len(head), maxColumns)
	}
	var unknown, missing []string
	for i, h := range head {
		name := strings.ToLower(release.Clean(unguard(h), 60))
		_, twice := t.index[name]
		switch {
		case twice:
			return "keep one of the two", fmt.Sprintf("the column %s stands there twice", name)
		case !slices.Contains(columns, name):
			unknown = append(unknown, fmt.Sprintf("%q", name))
		default:
			t.index[name] = i
		}
	}
	if len(unknown) > 0 {
		return there, "it has no such column: " + strings.Join(unknown, ", ")
	}
	for _, c := range required {
		if _, ok := t.index[c]; !ok {
			missing = append(missing, c)
		}
	}
	if len(missing) > 0 {
		return "add it to the header line", "the column is missing: " + strings.Join(missing, ", ")
	}
	return "", ""
}

// add keeps a row of the right form, with the guards of its cells taken off. Blank cells beyond the header
// are what spreadsheets leave behind.
func (t *table) add(r row, width int) {
	if len(r.cells) > width && blank(r.cells[width:]) {
		r.cells = r.cells[:width]
	}
	if len(r.cells) != width {
		t.refuse(r.line, "row", "it has %d cells, and the header has %d", len(r.cells), width)
		t.unknown(r.cells)
		return
	}
	own := make([]string, width)
	for i, c := range r.cells {
		if len(c) > maxCell {
			t.refuse(r.line, "row", "%s: the cell has %d bytes; at most %d are read", t.column(i), len(c), maxCell)
			t.unknown(r.cells)
			return
		}
		own[i] = strings.TrimSpace(unguard(c))
	}
	r.cells = own
	t.rows = append(t.rows, r)
}

// unknown notes the id of a row that is refused for its form, if its cell can be read.
func (t *table) unknown(cells []string) {
	i, ok := t.index["id"]
	if !ok {
		i, ok = t.index["job"]
	}
	if ok && i < len(cells) && len(cells[i]) <= maxCell {
		t.unread = append(t.unread, strings.TrimSpace(unguard(cells[i])))
	}
}

func (t *table) column(i int) string {
	for name, at := range t.index {
		if at == i {
			return name
		}
	}
	return ""
}

// cell is a cell of a row, "" where the table has no such column.
func (t *table) cell(r row, column string) string {
	if i, ok := t.index[column]; ok {
		return r.cells[i]
	}
	return ""
}

// broken returns the line at which a row begins whose quotes are broken, and whether it may have taken
// others with it: it runs over lines, or to the end of the file with a quote left open.
func broken(err error, text []byte, atEnd bool) (line int, swallowed bool) {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return 1, true
	}
	return p.StartLine, p.Line != p.StartLine || atEnd && bytes.Count(text, []byte(`"`))%2 == 1
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// delimiter is what the header line separates its columns by.
func delimiter(data []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

// notUTF8 returns the first line with bytes that are no UTF-8, 0 if there is none.
func notUTF8(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	n := 0
	for l := range bytes.Lines(data) {
		if n++; !utf8.Valid(l) {
			return n
		}
	}
	return n
}
