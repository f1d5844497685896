// Package endoflife owns how signalbox reads until when versions of products are kept: the JSON of
// endoflife.date (api/PRODUCT.json and api/v1/products/PRODUCT), its product files, and the tables of
// distro-info-data (debian.csv, ubuntu.csv). It imports connectors and release, never control or the store.
package endoflife

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

const (
	// maxFile is the largest document read, in bytes; maxVersions is how many versions it may hold.
	maxFile     = connectors.MaxFile
	maxVersions = 2_000
)

// Options say what the versions are of, and whom they concern.
type Options struct {
	// Product is the name in titles and ids; "" is what the document says, else the name of its file.
	Product string
	// Versions are those that count, as the document calls them; none counts every one.
	Versions []string
	// Scope is whom an end of life concerns; "" is everybody.
	Scope access.Scope
}

// Config is what a product needs that is read again and again.
type Config struct {
	connectors.Origin
	Options
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (port.Puller, error) {
	if err := c.Options.check(); err != nil {
		return nil, err
	}
	if c.Product == "" && c.URL != "" {
		c.Product = stem(c.URL)
	}
	c.Origin.Max = maxFile
	return connectors.NewTimetable(c.Origin, fmt.Sprintf("endoflife %q %q %q", c.Product, c.Versions, c.Scope), c.Options.Read)
}

func (o Options) check() error {
	if o.Scope == "" {
		return nil
	}
	_, err := access.ParseScope(string(o.Scope))
	return err
}

// Import reads a saved document.
func Import(path string, o Options) (fact.CalendarSeen, error) {
	if err := o.check(); err != nil {
		return fact.CalendarSeen{}, err
	}
	return connectors.ReadTimetable(path, maxFile, o.Read)
}

// stem is the name of a file without what follows its first dot.
func stem(name string) string {
	name, _, _ = strings.Cut(path.Base(filepath.ToSlash(name)), ".")
	return name
}

// version is one version of a product. Its dates are "2026-11-12", "" where none is known.
type version struct {
	line      int
	name      string
	end, more string // of life, and of the extended support that is sold
	link      string
	note      string // why there is no end
	fault     string
}

// Read turns a document into entries of the kind end-of-life, a day each: on it nobody mends the version any
// more. What it says only as true or false is left aside. The error is Usage: the bytes are no such document, or
// no row could be taken.
func (o Options) Read(source, file string, data []byte) (fact.CalendarSeen, int, error) {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\uFEFF")), " \t\r\n")
	var product string
	var list []version
	err := error(release.Errorf(release.Usage, "it is neither JSON of endoflife.date, nor a product file of it, nor a table of distro-info-data"))
	switch {
	case len(data) > maxFile:
		err = release.Errorf(release.Usage, "it has %d bytes; at most %d are read", len(data), maxFile)
	case bytes.HasPrefix(text, []byte("[")):
		list, err = cycles(data)
	case bytes.HasPrefix(text, []byte("{")):
		product, list, err = v1(data)
	case bytes.HasPrefix(text, []byte("---")):
		product, list, err = productFile(data)
	case bytes.HasPrefix(text, []byte("version,")):
		list, err = distribution(data)
	}
	if err == nil && len(list) > maxVersions {
		err = release.Errorf(release.Usage, "it has %d versions; at most %d are read", len(list), maxVersions)
	}
	if err != nil {
		e := release.AsError(err)
		return fact.CalendarSeen{}, 0, release.Errorf(e.Code, "%s: %s", file, e.Message).Advise("give it the address https://endoflife.date/api/PRODUCT.json").Because(err)
	}
	for _, name := range []string{o.Product, product, stem(file)} {
		if product = release.Clean(name, 60); product != "" {
			break
		}
	}
	t := connectors.Timetable{Source: source, File: file}
	for _, v := range list {
		o.one(&t, product, v)
	}
	return t.Seen()
}

func (o Options) one(t *connectors.Timetable, product string, v version) {
	item := product + " " + v.name
	id := product + "/" + v.name
	scope := o.Scope
	if scope == "" {
		scope = access.Org
	}
	switch {
	case v.name == "":
		t.Refuse(v.line, "", product, "the version has no name")
		return
	case len(o.Versions) > 0 && !slices.Contains(o.Versions, v.name):
		t.Aside(v.line, item, "it is none of the versions that count")
		return
	case v.fault != "":
		t.Refuse(v.line, id, item, "%s", v.fault)
		return
	case v.end == "" && v.more == "":
		t.Aside(v.line, item, "%s", v.note)
		return
	}
	for _, d := range []struct{ id, date, says string }{{id, v.end, " end of life"}, {id + "/extended", v.more, " end of extended support"}} {
		if d.date == "" {
			continue
		}
		t.Add(v.line, calendar.Entry{ExternalID: d.id, Kind: calendar.EndOfLife, Scope: scope, Title: item + d.says, URL: connectors.Link(v.link),
			Timing: calendar.Timing{Zone: "UTC", Start: d.date + "T00:00:00", AllDay: true, Days: 1}})
	}
}

// date reads a date, or true and false, which say that the end is past, or that none is known.
func (v *version) date(what string, value any, to *string) {
	switch x := value.(type) {
	case nil:
	case bool:
		if what == "eol" && x {
			v.note = "its life is over, and when it ended is not said"
		}
	case time.Time:
		*to = x.Format(time.DateOnly)
	case string:
		d, err := time.Parse(time.DateOnly, x)
		if err != nil || d.Year() < 1970 || d.Year() > 9000 {
			v.fault = fmt.Sprintf("%s is %q, which is no date", what, release.Clean(x, 40))
			return
		}
		*to = x
	default:
		v.fault = fmt.Sprintf("%s is neither a date nor true or false", what)
	}
}

const noEnd = "no end of its life is known"

// each reads the items of a JSON list with their lines.
func each(data []byte, list []json.RawMessage, read func(json.RawMessage) (version, error)) []version {
	var out []version
	at := 0
	for _, raw := range list {
		if next := bytes.Index(data[at:], raw); next >= 0 {
			at += next
		}
		v, err := read(raw)
		if err != nil {
			v.fault = "a value of it is of another kind than endoflife.date's document says"
			if v.name == "" {
				v.name = "version"
			}
		}
		v.line = connectors.Line(data, at)
		at += len(raw)
		out = append(out, v)
	}
	return out
}

// cycles reads api/PRODUCT.json.
func cycles(data []byte) ([]version, error) {
	var list []json.RawMessage
	if err := connectors.Decode(data, &list); err != nil {
		return nil, err
	}
	return each(data, list, func(raw json.RawMessage) (version, error) {
		var c struct {
			Cycle    any    `json:"cycle"` // a text, in old answers a number
			EOL      any    `json:"eol"`
			Extended any    `json:"extendedSupport"`
			Link     string `json:"link"`
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		err := d.Decode(&c)
		v := version{note: noEnd, link: c.Link}
		switch n := c.Cycle.(type) {
		case string:
			v.name = release.Clean(n, 60)
		case json.Number:
			v.name = n.String()
		}
		if c.EOL == nil && err == nil {
			v.fault = "it has no eol"
		}
		v.date("eol", c.EOL, &v.end)
		v.date("extendedSupport", c.Extended, &v.more)
		return v, err
	}), nil
}

// v1 reads api/v1/products/PRODUCT.
func v1(data []byte) (string, []version, error) {
	var doc struct {
		Result *struct {
			Name     string            `json:"name"`
			Releases []json.RawMessage `json:"releases"`
		} `json:"result"`
	}
	if err := connectors.Decode(data, &doc); err != nil {
		return "", nil, err
	}
	if doc.Result == nil || doc.Result.Releases == nil {
		return "", nil, release.Errorf(release.Usage, "it has no result with releases")
	}
	return doc.Result.Name, each(data, doc.Result.Releases, func(raw json.RawMessage) (version, error) {
		var r struct {
			Name   string `json:"name"`
			IsEOL  bool   `json:"isEol"`
			From   any    `json:"eolFrom"`
			More   any    `json:"eoesFrom"`
			Latest struct {
				Link string `json:"link"`
			} `json:"latest"`
		}
		err := json.Unmarshal(raw, &r)
		v := version{name: release.Clean(r.Name, 60), note: noEnd, link: r.Latest.Link}
		if r.IsEOL {
			v.date("eol", true, &v.end)
		}
		v.date("eolFrom", r.From, &v.end)
		v.date("eoesFrom", r.More, &v.more)
		return v, err
	}), nil
}

// productFile reads the YAML that stands before the words of a product's page.
func productFile(data []byte) (string, []version, error) {
	docs := connectors.Documents(front(data))
	if len(docs) != 1 || docs[0].Err != nil {
		if len(docs) == 1 {
			return "", nil, docs[0].Err
		}
		return "", nil, release.Errorf(release.Usage, "it has no block of YAML between two lines of ---")
	}
	var doc struct {
		Title     string      `yaml:"title"`
		Permalink string      `yaml:"permalink"`
		Releases  []yaml.Node `yaml:"releases"`
	}
	if err := docs[0].Root.Decode(&doc); err != nil {
		reason, _ := connectors.Fault(err)
		return "", nil, release.Errorf(release.Usage, "%s", reason)
	}
	if doc.Releases == nil {
		return "", nil, release.Errorf(release.Usage, "it has no releases")
	}
	var out []version
	for _, n := range doc.Releases {
		var r struct {
			Name string    `yaml:"releaseCycle"`
			EOL  yaml.Node `yaml:"eol"`
			More yaml.Node `yaml:"eoes"`
			Link yaml.Node `yaml:"link"`
		}
		v := version{line: n.Line, note: noEnd}
		if err := n.Decode(&r); err != nil {
			v.name, v.fault = "version", "a value of it is of another kind than is read"
			out = append(out, v)
			continue
		}
		v.name = release.Clean(r.Name, 60)
		if r.EOL.Kind == 0 {
			v.fault = "it has no eol"
		}
		if r.Link.Tag == "!!str" {
			v.link = r.Link.Value
		}
		v.date("eol", plain(r.EOL), &v.end)
		v.date("eoes", plain(r.More), &v.more)
		out = append(out, v)
	}
	name := strings.TrimPrefix(doc.Permalink, "/")
	if name == "" {
		name = doc.Title
	}
	return name, out, nil
}

// front is what stands between the first two lines of ---.
func front(data []byte) []byte {
	at, seen := 0, 0
	for l := range bytes.Lines(data) {
		if bytes.Equal(bytes.TrimSpace(l), []byte("---")) {
			if seen++; seen == 2 {
				return data[:at]
			}
		}
		at += len(l)
	}
	return data
}

// plain is a scalar of YAML as JSON has it.
func plain(n yaml.Node) any {
	switch {
	case n.Kind == 0 || n.Tag == "!!null":
		return nil
	case n.Kind != yaml.ScalarNode:
		return 0
	case n.Tag == "!!bool":
		return n.Value == "true"
	}
	return n.Value
}

// distribution reads a table of distro-info-data: version, codename, series, created, release, eol and further
// ends, of which the last one is that of the extended support.
func distribution(data []byte) ([]version, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, release.Errorf(release.Usage, "its header line cannot be read")
	}
	end := slices.Index(head, "eol")
	if end < 0 || len(head) < 3 || head[2] != "series" {
		return nil, release.Errorf(release.Usage, "its columns are not version, codename, series and so on up to eol")
	}
	var out []version
	for {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return append(out, version{line: broken.StartLine, name: "version", fault: "its quotes are broken, so that the rows after it cannot be told"}), nil
		}
		line, _ := r.FieldPos(0)
		v := version{line: line, note: noEnd}
		name := row[0]
		if name == "" && len(row) > 2 {
			name = row[2] // what has no number yet, such as sid
		}
		v.name = release.Clean(name, 60)
		if len(row) > len(head) {
			v.fault = fmt.Sprintf("it has %d cells, and the header has %d", len(row), len(head))
		}
		if len(row) > end && row[end] != "" {
			v.date("eol", row[end], &v.end)
		}
		if last := len(row) - 1; last > end && last < len(head) && row[last] != "" {
			v.date(head[last], row[last], &v.more)
		}
		out = append(out, v)
	}
}
