package sandbox

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
)

//go:embed scenarios/*.yaml
var files embed.FS

// Scenario is a story: what happens, counted from its start.
type Scenario struct {
	Name, Title, Brief string
	Level              int
	Length             duration
	Focus              string // the service that injects strikes where none is named
	Steps              []Step
}

func (sc *Scenario) length() time.Duration { return time.Duration(sc.Length) }

// Step is one thing that happens. Exactly one act is set.
type Step struct {
	At   duration
	Text string // as the timeline shows it

	Deploy   *deployStep
	Approve  *decideStep
	Reject   *decideStep
	Question *decideStep
	Review   *reviewStep
	Status   *statusStep
	Fault    *faultStep
	Mend     *mendStep
	Alert    *alertStep
	Silence  *feedStep
	Back     *feedStep
	Freeze   *freezeStep
	Calendar *calendarStep
	Note     *noteStep

	Resolve *resolveStep `yaml:"-"` // an inject's: all alerts of a service
	line    int
}

type (
	deployStep struct {
		Service, Version, Title, Author, Reviewer string
		Lines, Files                              int
		Failing                                   string // a check that is red
		Held                                      bool   // nobody rolls it out by himself
	}
	decideStep struct{ Service, By, Message string }
	reviewStep struct{ Service, By, State string }
	statusStep struct{ Service, State string }
	faultStep  struct {
		Service, Version string // version: newest, or "" for all
		Errors           float64
		Latency, Rate    float64
		For              duration
	}
	mendStep  struct{ Service string }
	alertStep struct {
		Name, Service, Severity, Summary string
		Resolved                         bool
	}
	feedStep   struct{ Feed string }
	freezeStep struct {
		Kind, Scope, By, Message string
		From, For                duration
	}
	calendarStep struct {
		Calendar, Title, Kind, Scope, Hard string
		From, For                          duration
	}
	resolveStep struct{ Service string }
	noteStep    struct{}
)

// duration is written as Go does: 90s, 5m, 1h30m.
type duration time.Duration

func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 || n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: %q is no duration; write 90s, 5m or 1h30m", n.Line, release.Clean(n.Value, 40))
	}
	*d = duration(v)
	return nil
}

// Parse reads a scenario, strictly. file is the name that places carry. The error is Usage and names the line.
func Parse(file string, data []byte) (*Scenario, error) {
	fail := func(line int, format string, args ...any) (*Scenario, error) {
		return nil, release.Errorf(release.Usage, "%s: %s", connectors.At(file, max(line, 1)), fmt.Sprintf(format, args...)).Advise("correct the scenario")
	}
	docs := connectors.Documents(data)
	if len(docs) != 1 {
		return fail(1, "a scenario is one document, and there are %d", len(docs))
	}
	if docs[0].Err != nil {
		return fail(docs[0].Line, "%s", release.AsError(docs[0].Err).Message)
	}
	var sc Scenario
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&sc); err != nil && !errors.Is(err, io.EOF) {
		reason, line := connectors.Fault(err)
		return fail(line, "%s", keyed(reason))
	}
	lines := places(docs[0].Root)
	for i := range sc.Steps {
		sc.Steps[i].line = 1
		if i < len(lines) {
			sc.Steps[i].line = lines[i]
		}
	}
	switch {
	case sc.Name == "" || strings.Trim(sc.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return fail(1, "name: %q is no name: small letters, digits and hyphens", release.Clean(sc.Name, 60))
	case sc.Title == "" || sc.Brief == "":
		return fail(1, "it has no title or no brief")
	case sc.Level < 1 || sc.Level > 3:
		return fail(1, "level: %d is none from 1 to 3", sc.Level)
	case sc.Length <= 0:
		return fail(1, "length: it is missing")
	case len(sc.Steps) == 0:
		return fail(1, "steps: nothing happens in it")
	case sc.Focus != "" && offered(sc.Focus) == nil:
		return fail(1, "focus: there is no service %q", release.Clean(sc.Focus, 60))
	}
	sc.Brief = release.Clean(sc.Brief, 600)
	for i := range sc.Steps {
		st := &sc.Steps[i]
		if i > 0 && st.At < sc.Steps[i-1].At {
			return fail(st.line, "the step at %s comes after one at %s", time.Duration(st.At), time.Duration(sc.Steps[i-1].At))
		}
		if st.At > sc.Length {
			return fail(st.line, "the step at %s comes after the end at %s: give it a length that holds it", time.Duration(st.At), sc.length())
		}
		if err := st.check(); err != nil {
			return fail(st.line, "%s", err)
		}
	}
	return &sc, nil
}

// keyed says a library's word for a key that a type has not as people do.
func keyed(reason string) string {
	if rest, ok := strings.CutPrefix(reason, "field "); ok {
		if name, _, ok := strings.Cut(rest, " not found"); ok {
			return fmt.Sprintf("%q is no key here", name)
		}
	}
	return reason
}

// places are the lines of the steps.
func places(root *yaml.Node) []int {
	var out []int
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "steps" {
			for _, n := range root.Content[i+1].Content {
				out = append(out, n.Line)
			}
		}
	}
	return out
}

// acts are the names of what the step does.
func (st *Step) acts() []string {
	var out []string
	for _, a := range []struct {
		name string
		set  bool
	}{{"deploy", st.Deploy != nil}, {"approve", st.Approve != nil}, {"reject", st.Reject != nil}, {"question", st.Question != nil}, {"review", st.Review != nil},
		{"status", st.Status != nil}, {"fault", st.Fault != nil}, {"mend", st.Mend != nil}, {"alert", st.Alert != nil}, {"silence", st.Silence != nil},
		{"back", st.Back != nil}, {"freeze", st.Freeze != nil}, {"calendar", st.Calendar != nil}, {"note", st.Note != nil}} {
		if a.set {
			out = append(out, a.name)
		}
	}
	return out
}

// knownService returns an error where the company has no such service.
func knownService(id string) error {
	if offered(id) == nil {
		return fmt.Errorf("there is no service %q", release.Clean(id, 60))
	}
	return nil
}

// knownFeed returns an error where there is no such feed that could fall silent.
func knownFeed(f string) error {
	if f != forge && f != pager && f != monitor && f != objectives && !slices.Contains(calendars, f) {
		return fmt.Errorf("there is no feed %q that could fall silent", release.Clean(f, 60))
	}
	return nil
}

// check returns an error where the step names what the company does not have.
func (st *Step) check() error {
	if n := st.acts(); len(n) != 1 {
		return fmt.Errorf("a step does one thing, and this does %d: %s", len(n), strings.Join(n, ", "))
	}
	if st.Text == "" {
		return errors.New("the step has no text for the timeline")
	}
	service, source := knownService, knownFeed
	person := func(id string) error {
		if memberOf(id) == nil {
			return fmt.Errorf("there is no person %q", release.Clean(id, 60))
		}
		return nil
	}
	login := func(l string) error {
		if l != "" && !slices.ContainsFunc(members, func(m member) bool { return m.login == l }) {
			return fmt.Errorf("nobody has the login %q", release.Clean(l, 60))
		}
		return nil
	}
	switch {
	case st.Deploy != nil:
		return errors.Join(service(st.Deploy.Service), login(st.Deploy.Author), login(st.Deploy.Reviewer))
	case st.Approve != nil:
		return errors.Join(service(st.Approve.Service), person(st.Approve.By))
	case st.Reject != nil:
		return errors.Join(service(st.Reject.Service), person(st.Reject.By))
	case st.Question != nil:
		return errors.Join(service(st.Question.Service), person(st.Question.By))
	case st.Review != nil:
		return errors.Join(service(st.Review.Service), login(st.Review.By))
	case st.Status != nil:
		if !slices.Contains([]string{"pending", "queued", "in_progress", "success", "failure", "error"}, st.Status.State) {
			return fmt.Errorf("%q is no state of a deployment", release.Clean(st.Status.State, 40))
		}
		return service(st.Status.Service)
	case st.Fault != nil:
		if st.Fault.Errors < 0 || st.Fault.Errors > 1 || st.Fault.Latency < 0 || st.Fault.Rate < 0 || st.Fault.Errors+st.Fault.Latency+st.Fault.Rate == 0 {
			return errors.New("a fault has errors from 0 to 1, a latency factor or a rate factor")
		}
		return service(st.Fault.Service)
	case st.Mend != nil:
		return service(st.Mend.Service)
	case st.Alert != nil:
		return service(st.Alert.Service)
	case st.Silence != nil:
		return source(st.Silence.Feed)
	case st.Back != nil:
		return source(st.Back.Feed)
	case st.Freeze != nil:
		return person(st.Freeze.By)
	case st.Calendar != nil:
		if !slices.Contains(calendars, st.Calendar.Calendar) {
			return fmt.Errorf("there is no calendar %q", release.Clean(st.Calendar.Calendar, 60))
		}
	}
	return nil
}

// Scenarios are those that are built in, the easiest first.
var Scenarios = sync.OnceValue(func() []*Scenario {
	names, err := files.ReadDir("scenarios")
	if err != nil {
		panic(err)
	}
	var out []*Scenario
	for _, n := range names {
		data, err := files.ReadFile(path.Join("scenarios", n.Name()))
		if err == nil {
			var sc *Scenario
			if sc, err = Parse(n.Name(), data); err == nil {
				out = append(out, sc)
				continue
			}
		}
		panic(err) // they are part of the program, and a test reads them all
	}
	slices.SortStableFunc(out, func(a, b *Scenario) int { return a.Level - b.Level })
	return out
})

// find returns a scenario by its name.
func find(name string) (*Scenario, error) {
	var names []string
	for _, sc := range Scenarios() {
		if sc.Name == name {
			return sc, nil
		}
		names = append(names, sc.Name)
	}
	return nil, release.Errorf(release.NotFound, "there is no scenario %q", release.Clean(name, 60)).Advise("choose one of %s", strings.Join(names, ", "))
}
