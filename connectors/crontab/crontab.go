// Package crontab owns how signalbox reads batch jobs from the text of a crontab (crontab(5)): what runs, when, by
// the clock of which zone, and for how long. A command is never run and, because it may hold secrets, never shown
// beyond the name of its program. It imports connectors and release, never control or the store.
package crontab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

const (
	// maxFile is the largest crontab read, in bytes; maxLine is the longest line, maxJobs how many jobs.
	maxFile = 1 << 20
	maxLine = 8 << 10
	maxJobs = 5_000
)

// Options say of jobs what a crontab does not.
type Options struct {
	// Zone is the IANA zone of the machine's clock, for jobs without a CRON_TZ; "" is UTC.
	Zone string
	// Scope is what jobs touch that do not say it; "" refuses these.
	Scope access.Scope
	// P95 is how long jobs run that do not say it; 0 refuses these, since a run without an end touches nothing.
	P95 time.Duration
	// System says that a user stands before the command, as in /etc/crontab.
	System bool
}

// Config is what a crontab needs that is read again and again.
type Config struct {
	connectors.Origin
	Options
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (port.Puller, error) {
	if err := c.Options.check(); err != nil {
		return nil, err
	}
	c.Origin.Max = maxFile
	return connectors.NewTimetable(c.Origin, fmt.Sprintf("crontab %q", fmt.Sprint(c.Options)), c.Options.Read)
}

func (o Options) check() error {
	if o.P95 < 0 {
		return release.Errorf(release.Usage, "a job cannot run for less than no time").Advise("write p95 as 45m")
	}
	if o.Zone != "" {
		if _, err := calendar.ParseZone(o.Zone); err != nil {
			return err
		}
	}
	if o.Scope == "" {
		return nil
	}
	_, err := access.ParseScope(string(o.Scope))
	return err
}

// Import reads a crontab of this machine.
func Import(path string, o Options) (fact.CalendarSeen, error) {
	if err := o.check(); err != nil {
		return fact.CalendarSeen{}, err
	}
	return connectors.ReadTimetable(path, maxFile, o.Read)
}

// says is what a comment says of the job below it:
//
//	# signalbox: p95=45m scope=service:ledger id=close title=Nightly close
//
// A title is the rest of the line.
type says struct {
	line      int
	id, title string
	scope     access.Scope
	p95       time.Duration
	fault     string
}

const mark = "signalbox:"

// setting is a line that sets a variable, as crontab(5) has it.
var setting = regexp.MustCompile(`^\s*("[A-Za-z_][A-Za-z0-9_]*"|'[A-Za-z_][A-Za-z0-9_]*'|[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$`)

// Read turns a crontab into entries of the kind batch, one for each job, or two where its day of month and day of
// week are either. The id of a job that a comment does not name is a digest of its command, so that another time
// is the same job. The error is Usage: the bytes are no text, or no job could be taken.
func (o Options) Read(source, file string, data []byte) (fact.CalendarSeen, int, error) {
	refuse := func(format string, args ...any) (fact.CalendarSeen, int, error) {
		return fact.CalendarSeen{}, 0, release.Errorf(release.Usage, file+": "+format, args...).Advise("name a crontab, as crontab -l prints it")
	}
	switch {
	case len(data) > maxFile:
		return refuse("it has %d bytes; at most %d are read", len(data), maxFile)
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return refuse("it is no text in UTF-8")
	}
	t := connectors.Timetable{Source: source, File: file}
	zone, zoneFault := o.Zone, ""
	if zone == "" {
		zone = "UTC"
	}
	var next says
	seen := map[string]int{}
	line, jobs := 0, 0
	for l := range bytes.Lines(data) {
		line++
		text := strings.TrimSpace(string(l))
		if text == "" {
			continue
		}
		if comment, ok := strings.CutPrefix(text, "#"); ok {
			if rest, ours := strings.CutPrefix(strings.TrimSpace(comment), mark); ours {
				next = parse(line, rest)
			}
			continue
		}
		if m := setting.FindStringSubmatch(text); m != nil {
			name := strings.Trim(m[1], `"'`)
			if name == "CRON_TZ" {
				zone, zoneFault = strings.Trim(strings.TrimSpace(m[2]), `"'`), ""
				if _, err := calendar.ParseZone(zone); err != nil {
					zoneFault = "CRON_TZ: " + release.AsError(err).Message
				}
			}
			continue
		}
		if jobs++; jobs > maxJobs {
			return refuse("it has more than %d jobs", maxJobs)
		}
		own := next
		next = says{}
		if len(l) > maxLine {
			t.Refuse(line, own.id, own.title, "the line has %d bytes; at most %d are read", len(l), maxLine)
			continue
		}
		o.job(&t, line, text, own, zone, zoneFault, seen)
	}
	if next.line > 0 {
		t.Refuse(next.line, next.id, "comment", "there is no job below it")
	}
	return t.Seen()
}

// parse reads a comment.
func parse(line int, text string) says {
	s := says{line: line}
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			s.fault = fmt.Sprintf("%q is no name=value", release.Clean(text, 40))
			return s
		}
		if name = strings.TrimSpace(name); name == "title" {
			s.title = release.Clean(value, 160)
			return s
		}
		value, text, _ = strings.Cut(value, " ")
		var err error
		switch name {
		case "id":
			s.id = release.Clean(value, 120)
		case "p95":
			if s.p95, err = time.ParseDuration(value); err != nil || s.p95 <= 0 {
				s.fault = fmt.Sprintf("p95 is %q, which is no time such as 45m", release.Clean(value, 40))
			}
		case "scope":
			if s.scope, err = access.ParseScope(value); err != nil {
				s.fault = release.AsError(err).Message
			}
		default:
			s.fault = fmt.Sprintf("%q is none of id, p95, scope and title", release.Clean(name, 40))
		}
	}
	return s
}

func (o Options) job(t *connectors.Timetable, line int, text string, own says, zone, zoneFault string, seen map[string]int) {
	n := 5
	if strings.HasPrefix(text, "@") {
		n = 1
	}
	words, command := split(text, n)
	if o.System {
		_, command = split(command, 1)
	}
	id := own.id
	if id == "" {
		sum := sha256.Sum256([]byte(command))
		id = program(command) + "-" + hex.EncodeToString(sum[:6])
		if seen[id]++; seen[id] > 1 {
			id = fmt.Sprintf("%s-%d", id, seen[id]) // the same command again
		}
	}
	title := own.title
	if title == "" {
		title = id
		if own.id == "" {
			title = program(command)
		}
	}
	scope, took := o.Scope, o.P95
	if own.scope != "" {
		scope = own.scope
	}
	if own.p95 > 0 {
		took = own.p95
	}
	refuse := func(why string) {
		t.Refuse(line, id, title, "%s", why)
		t.Keep(id + onWeekdays)
	}
	fault := ""
	switch {
	case command == "":
		fault = fmt.Sprintf("it is no job: %d fields of time and a command", n)
	case own.fault != "":
		fault = fmt.Sprintf("the comment in line %d: %s", own.line, own.fault)
	case zoneFault != "":
		fault = zoneFault
	case scope == "":
		fault = "nothing says what it touches; write # signalbox: scope=service:NAME above it, or give a scope for all"
	case took == 0:
		fault = "nothing says how long it runs; write # signalbox: p95=45m above it, or give a p95 for all"
	}
	if fault != "" {
		refuse(fault)
		return
	}
	timings, err := calendar.Cron(words, zone, took)
	if err != nil {
		refuse(release.AsError(err).Message)
		return
	}
	for k, timing := range timings {
		e := calendar.Entry{ExternalID: id, Kind: calendar.Batch, Scope: scope, Title: title, Timing: timing}
		if k > 0 {
			e.ExternalID += onWeekdays
		}
		t.Add(line, e)
	}
}

// onWeekdays ends the id of a job's runs on days of the week, where it runs on days of the month too.
const onWeekdays = "/weekday"

// split cuts n words off the front of a text.
func split(text string, n int) (front, rest string) {
	var words []string
	for rest = strings.TrimSpace(text); n > 0 && rest != ""; n-- {
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			end = len(rest)
		}
		words = append(words, rest[:end])
		rest = strings.TrimSpace(rest[end:])
	}
	return strings.Join(words, " "), rest
}

// name is a word that may be the name of a program.
var name = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,59}$`)

// program is the name of what a command begins with, without its path. Nothing after it is looked at: an argument
// may be a secret.
func program(command string) string {
	for w := range strings.FieldsSeq(command) {
		if strings.Contains(w, "=") {
			continue // a variable of the command's own
		}
		if w = path.Base(w); name.MatchString(w) {
			return w
		}
		break
	}
	return "job"
}
