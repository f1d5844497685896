package openslo

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
)

// version is the version of OpenSLO that is read.
const version = "openslo/v1"

// passed are the kinds of documents that say nothing about what is promised: where numbers come from, and who
// is told. They are left out without a word.
var passed = []string{"Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"}

// validName is the form of metadata.name that every implementation must take, and more.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._|/\\-]{0,254}$`)

// surveyed is what files say, and how many SLO documents they hold.
type surveyed struct {
	seen fact.ObjectivesSeen
	read int
}

// Map maps files to the objectives of a source, and counts the SLO documents read. It is pure.
func Map(source string, files []File, o Options) (fact.ObjectivesSeen, int) {
	s := mapped(source, files, o)
	return s.seen, s.read
}

// mapped maps files to objectives. Each document that cannot be understood is in Refused with its place, and
// the rest are read. It is pure.
func mapped(source string, files []File, o Options) surveyed {
	m := mapping{Options: o, indicators: map[string]*yaml.Node{}, named: map[string]string{}}
	m.seen.Source = source
	var slos []document
	for _, f := range files {
		for _, d := range connectors.Documents(f.Data) {
			if d.Err != nil {
				m.read++
				m.refuse(f.Path, d.Line, "document", "%s", release.AsError(d.Err).Message)
				continue
			}
			if d, ok := m.sorted(f.Path, d); ok {
				slos = append(slos, d)
			}
		}
	}
	for _, d := range slos {
		m.slo(d)
	}
	return m.surveyed
}

type mapping struct {
	surveyed
	Options
	indicators map[string]*yaml.Node // SLI documents by name
	named      map[string]string     // SLO documents by name: where the first stands
}

// document is an SLO document.
type document struct {
	file, name string
	line       int
	meta, spec *yaml.Node
}

func (m *mapping) refuse(file string, line int, item, format string, args ...any) {
	m.seen.Refused = append(m.seen.Refused, fact.Refusal{Place: connectors.At(file, line), Item: release.Clean(item, 120), Reason: release.Clean(fmt.Sprintf(format, args...), 300)})
}

// sorted looks at what kind a document is. It keeps indicators, and reports whether it is an SLO.
func (m *mapping) sorted(file string, d connectors.Document) (document, bool) {
	kind, api := text(field(d.Root, "kind")), text(field(d.Root, "apiVersion"))
	meta := field(d.Root, "metadata")
	out := document{file: file, line: d.Line, name: text(field(meta, "name")), meta: meta, spec: field(d.Root, "spec")}
	item := strings.TrimSpace(cmp.Or(kind, "document") + " " + out.name)
	switch {
	case d.Root.Kind != yaml.MappingNode || kind == "" && api == "":
		m.read++
		m.refuse(file, d.Line, item, "it is no OpenSLO document: apiVersion and kind are missing")
	case api != version:
		m.read++
		m.refuse(file, d.Line, item, "the apiVersion %q is not read; write it as %s", release.Clean(api, 40), version)
	case slices.Contains(passed, kind):
	case kind != "SLO" && kind != "SLI":
		m.read++
		m.refuse(file, d.Line, item, "%q is no kind of OpenSLO; SLO and SLI are read", release.Clean(kind, 40))
	case !validName.MatchString(out.name):
		m.read++
		m.refuse(file, d.Line, item, "metadata.name %q is no name", release.Clean(out.name, 60))
	case kind == "SLI":
		if m.indicators[out.name] != nil {
			m.refuse(file, d.Line, item, "there is an SLI of this name already")
			break
		}
		m.indicators[out.name] = out.spec
	default:
		m.read++
		if first := m.named[out.name]; first != "" {
			m.refuse(file, d.Line, item, "there is an SLO of this name already, in %s", first)
			break
		}
		m.named[out.name] = connectors.At(file, d.Line)
		return out, true
	}
	return document{}, false
}

// slo maps one document. A fault in it, or in one of its objectives, is refused, and what is known of it by its
// name stays.
func (m *mapping) slo(d document) {
	item := "SLO " + d.name
	fail := func(n *yaml.Node, format string, args ...any) {
		line := d.line
		if n != nil && n.Line > 0 {
			line = n.Line
		}
		m.refuse(d.file, line, item, format, args...)
	}
	// One that cannot be read is kept, whichever of its objectives it had.
	broken := func(n *yaml.Node, format string, args ...any) {
		fail(n, format, args...)
		m.seen.Unread = append(m.seen.Unread, d.name)
		for k := 2; k <= maxObjectives; k++ {
			m.seen.Unread = append(m.seen.Unread, numbered(d.name, k))
		}
	}
	if n, key := strange(d.spec, "description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives", "alertPolicies"); key != "" {
		broken(n, "spec.%s is no key of an SLO", release.Clean(key, 60))
		return
	}
	base := health.Objective{Title: text(field(d.meta, "displayName")), From: connectors.At(d.file, d.line), Method: health.Method(text(field(d.spec, "budgetingMethod")))}
	service := strings.TrimSpace(text(field(d.spec, "service")))
	if service == "" {
		broken(d.spec, "spec.service is missing: it names the service of the catalog")
		return
	}
	base.Service = service
	if to := m.Map[service]; to != "" {
		base.Service = to
	}
	base.Service = strings.ToLower(release.Clean(base.Service, 200))
	base.Environment = strings.ToLower(release.Clean(cmp.Or(annotation(d.meta, "signalbox.dev/environment"), m.Environment, "production"), 60))
	window, n, why := windowOf(field(d.spec, "timeWindow"))
	if why != "" {
		broken(cmp.Or(n, d.spec), "spec.timeWindow: %s", why)
		return
	}
	base.Window = window
	list := field(d.spec, "objectives")
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		broken(cmp.Or(list, d.spec), "spec.objectives has no objective")
		return
	}
	if len(list.Content) > maxObjectives {
		broken(list, "it has %d objectives, and %d are read", len(list.Content), maxObjectives)
		return
	}
	for k, n := range list.Content {
		o := base
		o.ID = d.name
		if k > 0 {
			o.ID = numbered(d.name, k+1)
		}
		if why := m.objective(&o, d, follow(n)); why != "" {
			fail(n, "objective %d: %s", k+1, why)
			m.seen.Unread = append(m.seen.Unread, o.ID)
			continue
		}
		m.seen.Objectives = append(m.seen.Objectives, o)
	}
}

// maxObjectives bounds the objectives of one SLO.
const maxObjectives = 20

func numbered(name string, k int) string { return name + "#" + strconv.Itoa(k) }

// objective reads one item of spec.objectives; the answer is why it cannot be taken.
func (m *mapping) objective(o *health.Objective, d document, n *yaml.Node) string {
	if _, key := strange(n, "displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow", "indicator", "indicatorRef"); key != "" {
		if key == "compositeWeight" {
			return "composite SLOs are not reckoned"
		}
		return release.Clean(key, 60) + " is no key of an objective"
	}
	if name := text(field(n, "displayName")); name != "" {
		if o.Title != "" && o.Title != name {
			name = o.Title + " · " + name
		}
		o.Title = name
	}
	o.Title = release.Clean(o.Title, 120)
	target, percent := field(n, "target"), field(n, "targetPercent")
	var ok bool
	switch {
	case (target == nil) == (percent == nil):
		return "it needs either target or targetPercent"
	case target != nil:
		if o.Target, ok = number(target); !ok {
			return "target is no number"
		}
	default:
		if o.Target, ok = number(percent); !ok {
			return "targetPercent is no number"
		}
		o.Target /= 100
	}
	if s := field(n, "timeSliceTarget"); s != nil && o.Method == health.Timeslices {
		if o.SliceTarget, ok = number(s); !ok {
			return "timeSliceTarget is no number"
		}
	}
	kind, why := m.indicator(d, n)
	if why != "" {
		return why
	}
	if o.Indicator = kind; kind == health.Latency {
		if why := limit(o, d, n); why != "" {
			return why
		}
	}
	if err := o.Check(); err != nil {
		return release.AsError(err).Message
	}
	return ""
}

// limit reads what a threshold metric is compared with: a latency, in the unit that the document says.
func limit(o *health.Objective, d document, n *yaml.Node) string {
	if op := text(field(n, "op")); op != "lt" && op != "lte" {
		return "a thresholdMetric is read as a latency, which must be lt or lte a value"
	}
	value, ok := number(field(n, "value"))
	if !ok {
		return "value is missing or no number"
	}
	switch unit := annotation(d.meta, "signalbox.dev/unit"); unit {
	case "s":
	case "ms":
		value /= 1000
	case "":
		return "OpenSLO does not say the unit of value: add the annotation signalbox.dev/unit, s or ms"
	default:
		return "signalbox.dev/unit is " + release.Clean(unit, 20) + "; it can be s or ms"
	}
	o.Threshold = value
	return ""
}

// indicator says what an objective is about, by its own indicator or that of its SLO.
func (m *mapping) indicator(d document, n *yaml.Node) (health.Indicator, string) {
	own, ref := field(n, "indicator"), text(field(n, "indicatorRef"))
	if own == nil && ref == "" {
		own, ref = field(d.spec, "indicator"), text(field(d.spec, "indicatorRef"))
	}
	var spec *yaml.Node
	switch {
	case own != nil && ref != "":
		return "", "it has an indicator and an indicatorRef: one of the two says what is measured"
	case own != nil:
		spec = field(own, "spec")
	case ref == "":
		return "", "it has neither an indicator nor an indicatorRef"
	default:
		if spec = m.indicators[ref]; spec == nil {
			return "", "there is no SLI " + release.Clean(ref, 80) + " in what was read"
		}
	}
	ratio, threshold := field(spec, "ratioMetric"), field(spec, "thresholdMetric")
	switch {
	case (ratio == nil) == (threshold == nil):
		return "", "its indicator needs either a ratioMetric or a thresholdMetric"
	case ratio != nil:
		return health.Availability, ""
	}
	return health.Latency, ""
}

var shorthand = regexp.MustCompile(`^([1-9][0-9]{0,5})([mhdwMQY])$`)

var units = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}

// windowOf reads the time window: exactly one, rolling, of a fixed length.
func windowOf(list *yaml.Node) (time.Duration, *yaml.Node, string) {
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) != 1 {
		return 0, list, "there must be exactly one"
	}
	n := follow(list.Content[0])
	if _, key := strange(n, "duration", "isRolling", "calendar"); key != "" {
		return 0, n, release.Clean(key, 60) + " is no key of a window"
	}
	if rolling := text(field(n, "isRolling")); rolling != "true" || field(n, "calendar") != nil {
		return 0, n, "only rolling windows are reckoned: isRolling must be true, without a calendar"
	}
	word := text(field(n, "duration"))
	part := shorthand.FindStringSubmatch(word)
	switch {
	case part == nil:
		return 0, n, fmt.Sprintf("%q is no duration such as 28d", release.Clean(word, 40))
	case units[part[2]] == 0:
		return 0, n, fmt.Sprintf("%s has no fixed length: write a rolling window in days or weeks", word)
	}
	count, err := strconv.Atoi(part[1])
	if err != nil {
		return 0, n, err.Error()
	}
	if d := time.Duration(count) * units[part[2]]; d <= health.MostWindow {
		return d, n, ""
	}
	return 0, n, "it is longer than " + release.Length(health.MostWindow) + ", for which samples are kept"
}
