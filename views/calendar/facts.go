package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/kit"
)

// fact is one thing that is said of what is under the cursor: a label and words.
type fact struct {
	label string
	runs  []kit.Run
}

// drawFacts says what is under the cursor: a rule, its name, and as many facts as there are rows for.
func (v View) drawFacts(c kit.Canvas, f views.Frame, s scale) {
	l := v.line()
	if l == nil {
		return
	}
	i := v.item()
	var title, name []kit.Run
	var facts []fact
	if i != nil {
		title, name, facts = v.itemTitle(i, l), v.itemName(i), v.itemFacts(i, f)
	} else {
		title, name, facts = v.lineTitle(l), v.lineName(l, f, s), v.lineFacts(l, f)
	}
	c.Rule(0, kit.Rule{Title: title, Note: v.note(i, l)})
	c.Put(0, 1, "▌", kit.Meta())
	c.WriteIn(1, 1, c.W()-2, name...)
	if c.W() >= wide && len(facts)+2 <= c.H() { // each has a row
		for n, k := range facts {
			c.Put(2, 2+n, k.label, kit.Meta())
			c.WriteIn(9, 2+n, c.W()-10, k.runs...)
		}
		return
	}
	var flow [][]kit.Run
	for _, k := range facts {
		if k.label != "" {
			k.runs = append([]kit.Run{kit.T(k.label+" ", kit.Meta())}, k.runs...)
		}
		flow = append(flow, k.runs)
	}
	for n, part := range kit.Flow(flow, c.W()-4, 3) {
		if 2+n >= c.H() {
			return
		}
		c.WriteIn(2, 2+n, c.W()-3, part...)
	}
}

// note is what stands at the right of the rule: where the lines are in the list, and the keys.
func (v View) note(i *calendar.Item, l *line) []kit.Run {
	var out []kit.Run
	p := v.plan()
	if _, n := v.scrolling(); n > p.lanes && p.lanes > 0 {
		out = append(out, kit.T(fmt.Sprintf("lanes %d–%d of %d   ", v.top+1, min(v.top+p.lanes, n), n), kit.Meta()))
	}
	out = append(out, kit.T("]", kit.Look()), kit.T(" next  ", kit.Meta()), kit.T("[", kit.Look()), kit.T(" prev", kit.Meta()))
	if i != nil && i.Change != "" {
		out = append(out, kit.T("  ", kit.Plain()), kit.T("⏎", kit.Look()), kit.T(" open", kit.Meta()))
	}
	return out
}

// line is the line under the cursor, nil where there is none.
func (v View) line() *line {
	for k := range v.lines {
		if v.lines[k].id == v.cursor {
			return &v.lines[k]
		}
	}
	return nil
}

// aspectWords are the words of signals.
var aspectWords = map[release.Aspect]string{release.Go: "GO", release.Caution: "CAUTION", release.Stop: "STOP", release.Escalated: "ESC", release.Planned: "planned", release.Dark: "DARK"}

// id is what an item is called where it is spoken of.
func id(i *calendar.Item) string {
	switch {
	case i.Change != "":
		return i.Change
	case i.Rollout != "":
		return i.Rollout
	case i.Freeze != nil:
		return i.Freeze.ID
	}
	return string(i.Kind)
}

func (v View) itemTitle(i *calendar.Item, l *line) []kit.Run {
	out := []kit.Run{kit.T(release.Clean(id(i), 40), kit.Strong())}
	if i.Freeze == nil && i.Kind != calendar.Release {
		out[0].Text = strings.ToUpper(out[0].Text)
	}
	if i.Aspect != "" {
		out = append(out, kit.T(" ", kit.Plain()), kit.Mark(i.Aspect), kit.T(" "+aspectWords[i.Aspect], kit.AspectWord(i.Aspect)))
	}
	list := v.within(l)
	if k := slices.IndexFunc(list, func(o *calendar.Item) bool { return o.Key == i.Key }); k >= 0 && len(list) > 1 {
		out = append(out, kit.T(fmt.Sprintf("  %d of %d on this line", k+1, len(list)), kit.Meta()))
	}
	return out
}

// kindWords say what an item is.
var kindWords = map[calendar.Kind]string{calendar.Maintenance: "maintenance", calendar.Peak: "peak hours", calendar.Vendor: "maintenance of a vendor", calendar.AuditPeriod: "audit period",
	calendar.Batch: "batch job", calendar.Holiday: "holiday", calendar.ChangeWindow: "change window", calendar.EndOfLife: "end of life",
	calendar.Deadline: "deadline", calendar.OnCall: "on call"}

func (v View) itemName(i *calendar.Item) []kit.Run {
	title := kit.Truncate(release.Clean(i.Title, 400), 60)
	switch i.Kind {
	case calendar.Release:
		b := barOf(i, "")
		out := []kit.Run{kit.T(b.shape, b.shapeStyle), kit.T(" "+release.Clean(id(i), 40), kit.ID()), kit.T(" "+title, kit.Name())}
		if i.Rollout != "" && i.Change != "" {
			out = append(out, kit.T("  "+i.Rollout, kit.Meta()))
		}
		return append(out, kit.T("  "+release.Clean(i.Environment, 40), kit.Meta()))
	case calendar.FreezePeriod:
		return append([]kit.Run{kit.T("▒ ", kit.Freeze()), kit.T(string(i.Hardness)+" freeze", kit.FreezeWord()), kit.T("  "+title+"  ", kit.Name())}, v.scope(i)...)
	}
	b := barOf(i, "")
	word := kindWords[i.Kind]
	if word == "" {
		word = release.Clean(string(i.Kind), 40)
	}
	return append([]kit.Run{kit.T(b.fill+" ", b.style), kit.T(title, kit.Name()), kit.T("  "+word+"  ", kit.Meta())}, v.scope(i)...)
}

func (v View) said(i *calendar.Item) kit.Style {
	if i.Aspect == release.Stop || i.Aspect == release.Caution || i.Aspect == release.Dark {
		return kit.AspectNumber(i.Aspect)
	}
	return kit.Plain()
}

func (v View) itemFacts(i *calendar.Item, f views.Frame) []fact {
	var out []fact
	if i.Says != "" {
		out = append(out, fact{"", []kit.Run{kit.T(release.Clean(i.Says, 300), v.said(i))}})
	}
	for k := range i.Clashes {
		c := &i.Clashes[k]
		out = append(out, fact{map[bool]string{true: "clash"}[k == 0], []kit.Run{kit.T("╳ ", kit.AspectShape(c.Aspect)), kit.T(c.ID, kit.ID()), kit.T(" "+c.Kind, kit.AspectWord(c.Aspect)), kit.T("  "+release.Clean(c.Why, 300), kit.Plain())}})
	}
	out = append(out, fact{"when", v.timing(i, f)}, fact{"local", v.local(i, f)}, fact{"bars", v.bars(i, f)}, fact{"from", v.from(i, f)})
	if i.URL != "" {
		out = append(out, fact{"url", []kit.Run{kit.T(release.Clean(i.URL, 300), kit.Meta())}})
	}
	return slices.DeleteFunc(out, func(k fact) bool { return len(k.runs) == 0 })
}

// timing says from when to when, how long, and how far from now.
func (v View) timing(i *calendar.Item, f views.Frame) []kit.Run {
	from, to := i.From, i.To
	length := kit.Span(to.Sub(from))
	var out []kit.Run
	switch {
	case !from.Before(to):
		out = []kit.Run{kit.T(stamp(from, f.Now, f.Zone), kit.Plain())}
	case i.Stage == calendar.Moving:
		return []kit.Run{kit.T("since "+stamp(from, f.Now, f.Zone), kit.Plain()), kit.T(" · "+kit.Age(from, f.Now)+" so far", kit.Strong())}
	default:
		out = []kit.Run{kit.T(stretch(from, to, f.Now, f.Zone), kit.Plain()), kit.T(" ("+length+")", kit.Meta())}
	}
	switch {
	case f.Now.Before(from):
		out = append(out, kit.T(" in "+kit.Span(from.Sub(f.Now)), kit.Strong()))
	case f.Now.Before(to):
		word := " now, ends in "
		switch i.Stage {
		case calendar.Waiting:
			word = " · the request expires in "
		case calendar.Approved:
			word = " · the approval lapses in "
		}
		out = append(out, kit.T(word+kit.Span(to.Sub(f.Now)), kit.Strong()))
	default:
		out = append(out, kit.T(" ended "+kit.Ago(to, f.Now), kit.Meta()))
	}
	return out
}

// stamp is an instant with its day, unless that is today.
func stamp(at, now time.Time, zone *time.Location) string {
	if at.In(zone).Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) {
		return kit.Clock(at, zone)
	}
	day := at.In(zone).Format("Mon 2 Jan ")
	if at.In(zone).Year() != now.In(zone).Year() {
		day = at.In(zone).Format("2 Jan 2006 ")
	}
	return day + kit.Clock(at, zone)
}

// stretch is an interval with the days of both ends.
func stretch(from, to, now time.Time, zone *time.Location) string {
	if from.In(zone).Format(time.DateOnly) == to.Add(-time.Nanosecond).In(zone).Format(time.DateOnly) {
		return kit.Window(from, to, now, zone)
	}
	return stamp(from, now, zone) + " – " + stamp(to, now, zone)
}

// local is the interval on the clocks of the other zones.
func (v View) local(i *calendar.Item, f views.Frame) []kit.Run {
	var out []kit.Run
	for _, z := range v.others(3) {
		if len(out) > 0 {
			out = append(out, kit.T("   ", kit.Plain()))
		}
		from, to := i.From.In(z.Loc), i.To.In(z.Loc)
		text := from.Format("Mon 15:04")
		switch {
		case !i.From.Before(i.To):
		case from.YearDay() == to.YearDay() && i.To.Sub(i.From) < 24*time.Hour:
			text += "–" + to.Format("15:04")
		default:
			text += " – " + to.Format("Mon 15:04")
		}
		out = append(out, kit.T(z.Place+" ", kit.Meta()), kit.T(text, kit.Plain()))
	}
	return out
}

// bars says what an item stops, in the words of the gate.
func (v View) bars(i *calendar.Item, f views.Frame) []kit.Run {
	n := len(i.Lanes)
	whom := services(n)
	if n == len(v.span.Lanes) && n > 1 {
		whom = "all " + whom
	}
	switch {
	case i.Kind == calendar.FreezePeriod && n == 0:
		return []kit.Run{kit.T("no service is in its scope: it bars nothing", kit.Reason(release.Caution))}
	case i.Kind == calendar.FreezePeriod && i.Hardness == calendar.SoftFreeze:
		return []kit.Run{kit.T("changes of "+whom+" but emergencies", kit.Plain())}
	case i.Kind == calendar.FreezePeriod:
		return []kit.Run{kit.T("changes of "+whom+", emergencies too", kit.Plain())}
	case i.Kind == calendar.Release:
		return nil
	case i.Kind == calendar.ChangeWindow:
		return []kit.Run{kit.T("nothing: it lets changes of "+whom+" run", kit.Meta())}
	}
	return []kit.Run{kit.T("nothing by itself; it touches "+whom, kit.Meta())}
}

func services(n int) string {
	if n == 1 {
		return "1 service"
	}
	return strconv.Itoa(n) + " services"
}

func (v View) scope(i *calendar.Item) []kit.Run {
	if i.Scope == "" {
		return nil
	}
	text := strings.ReplaceAll(release.Clean(string(i.Scope), 300), ",", ", ")
	return []kit.Run{kit.T(text, kit.Meta())}
}

// from says where an item comes from, and how old what its source said is.
func (v View) from(i *calendar.Item, f views.Frame) []kit.Run {
	if i.Freeze != nil {
		by := string(i.Freeze.DeclaredBy)
		if by == "" {
			by = "somebody unknown"
		}
		out := []kit.Run{kit.T(release.Clean(by, 60)+" "+kit.Ago(i.Freeze.DeclaredAt, f.Now), kit.Plain())}
		if !i.Freeze.LiftedAt.IsZero() {
			out = append(out, kit.T(" · lifted by "+release.Clean(string(i.Freeze.LiftedBy), 60)+" "+kit.Ago(i.Freeze.LiftedAt, f.Now), kit.Plain()))
		}
		return out
	}
	if i.Source == "" {
		return nil
	}
	name := release.Clean(i.Source, 60)
	s := v.span.Source(i.Source)
	switch {
	case s == nil:
		return []kit.Run{kit.T(name, kit.Plain()), kit.T(" · read "+kit.Ago(i.UpdatedAt, f.Now), kit.Meta())}
	case s.Dark:
		return append([]kit.Run{kit.Mark(release.Dark), kit.T(" "+name+" ", kit.AspectWord(release.Dark))}, v.age(s, f)...)
	case s.Late:
		return append([]kit.Run{kit.Mark(release.Caution), kit.T(" "+name+" late ", kit.AspectWord(release.Caution))}, v.age(s, f)...)
	}
	return append([]kit.Run{kit.Mark(release.Go), kit.T(" "+name+" ", kit.Plain())}, v.age(s, f)...)
}

func (v View) age(s *calendar.Source, f views.Frame) []kit.Run {
	if s.LastGood.IsZero() {
		return []kit.Run{kit.T("never read", kit.Meta())}
	}
	out := []kit.Run{kit.T(kit.Age(s.LastGood, f.Now), kit.Meta())}
	if s.Dark && s.Error != "" {
		out = append(out, kit.T(" "+release.Clean(s.Error, 120), kit.Meta()))
	}
	return out
}

func (v View) lineTitle(l *line) []kit.Run {
	name := release.Clean(l.name, 60)
	switch l.kind {
	case freezes:
		shown, of := v.stops()
		if shown < of {
			return append(kit.Heading("FREEZES", strconv.Itoa(of), ""), kit.T(" · "+strconv.Itoa(of-shown)+" not shown", kit.Meta()))
		}
		return kit.Heading("FREEZES", strconv.Itoa(of), "")
	case audits:
		return kit.Heading("AUDIT", strconv.Itoa(len(v.within(l))), "")
	case group:
		return []kit.Run{kit.T(name, kit.Strong()), kit.T(" "+services(l.count), kit.Meta())}
	}
	return []kit.Run{kit.T(name, kit.Strong())}
}

// stops are how many freezes of the time that is shown are shown, and how many there are.
func (v View) stops() (shown, of int) {
	in := v.interval()
	for k := range v.span.Items {
		i := &v.span.Items[k]
		if i.Kind != calendar.FreezePeriod || !i.Shares(in) {
			continue
		}
		of++
		if v.shows(i) {
			shown++
		}
	}
	return shown, of
}

// hiding is what keeps items from being shown.
func (v View) hiding() string {
	var out []string
	if v.show != allKinds {
		out = append(out, "show:"+v.show.name())
	}
	if v.words != "" {
		out = append(out, "the filter")
	}
	return strings.Join(out, " and ")
}

// lineName says that nothing happens on a line, from when it is free, and which freeze comes next.
func (v View) lineName(l *line, f views.Frame, s scale) []kit.Run {
	if l.dark != "" {
		return []kit.Run{kit.Mark(release.Dark), kit.T(" "+release.Clean(l.dark, 40)+" is dark", kit.AspectWord(release.Dark)), kit.T(": what happens here may have changed, and no free time is offered", kit.Plain())}
	}
	var out []kit.Run
	switch {
	case l.kind == freezes:
		if shown, of := v.stops(); shown < of {
			return []kit.Run{kit.T(fmt.Sprintf("%d of %d freezes in the time shown are hidden by %s", of-shown, of, v.hiding()), kit.Plain())}
		}
		out = append(out, kit.T("no freeze in the time shown", kit.Plain()))
	case l.lane != nil && l.lane.Free.IsZero():
		out = append(out, kit.T("never free before "+kit.Date(v.span.Known, f.Zone), kit.Plain()))
	case l.lane != nil && l.lane.Free.After(v.span.AsOf):
		out = append(out, kit.T("free from "+stamp(l.lane.Free, f.Now, f.Zone), kit.Plain()))
	case l.lane != nil:
		out = append(out, kit.T("free now", kit.Plain()))
	default:
		out = append(out, kit.T("nothing of its own in the time shown", kit.Plain()))
	}
	for _, a := range l.areas {
		if a.From.After(f.Now) {
			return append(out, kit.T(" · next freeze ", kit.Meta()), kit.T(stamp(a.From, f.Now, f.Zone), kit.Plain()), kit.T(" "+kit.Truncate(release.Clean(a.Title, 200), 40), kit.Meta()))
		}
		if a.Contains(f.Now) {
			return append(out, kit.T(" · frozen until ", kit.Meta()), kit.T(stamp(a.To, f.Now, f.Zone), kit.Plain()), kit.T(" "+kit.Truncate(release.Clean(a.Title, 200), 40), kit.Meta()))
		}
	}
	return out
}

func (v View) lineFacts(l *line, f views.Frame) []fact {
	var out []fact
	if l.lane != nil && l.lane.Team != "" {
		out = append(out, fact{"team", []kit.Run{kit.T(release.Clean(l.lane.Team, 60), kit.Plain())}})
	}
	if l.lane != nil && len(l.lane.Regions) > 0 {
		out = append(out, fact{"where", []kit.Run{kit.T(release.Clean(strings.Join(l.lane.Regions, ", "), 100), kit.Plain())}})
	}
	out = append(out, fact{"next", v.next(f)}, fact{"trust", v.trust(f)})
	return slices.DeleteFunc(out, func(k fact) bool { return len(k.runs) == 0 })
}

// after is the first thing to be shown that begins after the time that is shown, nil where none is known.
func (v View) after() *calendar.Item {
	end := v.interval().To
	for _, list := range [][]calendar.Item{v.span.Items, v.span.Later} {
		for k := range list {
			if i := &list[k]; !i.From.Before(end) && v.shows(i) {
				return i
			}
		}
	}
	return nil
}

// next is what comes after the time that is shown.
func (v View) next(f views.Frame) []kit.Run {
	i := v.after()
	if by := v.hiding(); i == nil && by != "" && v.span.Next != nil {
		return []kit.Run{kit.T("nothing that "+by+" lets through is known after this, until "+kit.Date(v.span.Known, f.Zone), kit.Meta())}
	}
	if i == nil {
		return []kit.Run{kit.T("nothing is known after this, until "+kit.Date(v.span.Known, f.Zone), kit.Meta())}
	}
	what := kindWords[i.Kind]
	switch i.Kind {
	case calendar.FreezePeriod:
		what = string(i.Hardness) + " freeze"
	case calendar.Release:
		what = id(i)
	}
	return []kit.Run{kit.T(stamp(i.From, f.Now, f.Zone), kit.Plain()), kit.T(" "+what+" ", kit.Meta()), kit.T(kit.Truncate(release.Clean(i.Title, 200), 40), kit.Plain())}
}

// trust says whether emptiness can be believed: how many calendars there are, and how old what they say is.
func (v View) trust(f views.Frame) []kit.Run {
	all, fresh := 0, 0
	var dark []string
	for k := range v.span.Sources {
		s := &v.span.Sources[k]
		if !s.Calendar {
			continue
		}
		all++
		if s.Dark {
			dark = append(dark, release.Clean(s.Name, 40))
		} else if !s.Late {
			fresh++
		}
	}
	var out []kit.Run
	switch {
	case all == 0:
		out = []kit.Run{kit.T("no calendar is connected; freezes declared here are known", kit.Plain())}
	case len(dark) > 0:
		out = []kit.Run{kit.T(fmt.Sprintf("calendars %d/%d fresh · ", fresh, all), kit.Plain()), kit.Mark(release.Dark),
			kit.T(" "+strings.Join(dark, ", ")+" dark", kit.AspectWord(release.Dark)), kit.T(": what it holds may have changed", kit.Plain())}
	default:
		out = []kit.Run{kit.T(fmt.Sprintf("calendars %d/%d fresh", fresh, all), kit.Plain())}
	}
	if n := len(v.span.Unread); n > 0 {
		u := v.span.Unread[0]
		out = append(out, kit.T(" · ", kit.Faint()), kit.Mark(release.Caution), kit.T(" "+strconv.Itoa(n)+" cannot be laid out: ", kit.AspectWord(release.Caution)),
			kit.T(release.Clean(u.Source, 40)+" “"+kit.Truncate(release.Clean(u.Title, 100), 30)+"”", kit.Plain()))
	}
	return out
}

// drawUnfit says that nothing fits the filter, and the way out.
func (v View) drawUnfit(c kit.Canvas) {
	c.WriteIn(9, 2, c.W()-10, kit.T("·", kit.Faint()), kit.T("  Nothing in the time shown fits “"+kit.Truncate(v.words, 40)+"”.", kit.Strong()))
	c.Write(12, 4, kit.T("esc", kit.Look()), kit.T(" drops the filter", kit.Meta()))
}

// drawEmpty says that there is nothing at all: what comes next, and whether that can be believed.
func (v View) drawEmpty(c kit.Canvas, f views.Frame) {
	mark := kit.T("·", kit.Faint()) // nobody who could know was asked
	for k := range v.span.Sources {
		if v.span.Sources[k].Calendar {
			mark = kit.Mark(release.Go)
		}
	}
	if v.darkSource() != nil || len(v.span.Unread) > 0 {
		mark = kit.Mark(release.Dark)
	}
	c.WriteIn(9, 2, c.W()-10, mark, kit.T("  Nothing is on the calendar.", kit.Strong()))
	c.Put(12, 4, "next", kit.Meta())
	c.WriteIn(24, 4, c.W()-25, v.next(f)...)
	c.Put(12, 5, "feeds", kit.Meta())
	c.WriteIn(24, 5, c.W()-25, v.trust(f)...)
	if len(v.span.Lanes) == 0 {
		c.Put(12, 6, "services", kit.Meta())
		c.WriteIn(24, 6, c.W()-25, kit.T("none is known: import a catalog, each gets a lane", kit.Plain()))
	}
	c.WriteIn(12, 8, c.W()-13, kit.T("n", kit.Look()), kit.T(" says how a freeze is declared    ", kit.Meta()), kit.T("gf", kit.Look()), kit.T(" feeds    ", kit.Meta()), kit.T(":", kit.Look()), kit.T(" anything", kit.Meta()))
}
