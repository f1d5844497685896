package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/names"
	"signalbox/release/rollout"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

// entry is one thing that the palette can do.
type entry struct {
	mark   kit.Run
	name   string
	detail string
	kind   string // "go", "lever", "view", "set", "copy"
	note   string
	words  string // what typing is compared with besides the name, lower case
	effect string // what ⏎ comes to, in words
	run    func(s *shell) tea.Cmd
}

// typed is what the entry is called by when tab completes it.
func (e entry) typed() string { return e.name }

// rank are the entries that fit what was typed, the best first. A sign in front asks for one kind: > for levers, = for
// themes and glyphs, @ for people, svc: for services, set for settings. mark writes an id as this world
// does.
func rank(all []entry, field string, mark func(id string) string) []entry {
	typed := strings.ToLower(strings.Join(strings.Fields(strings.TrimPrefix(field, ":")), " "))
	kind, rest := "", typed
	switch {
	case strings.HasPrefix(typed, ">"):
		kind, rest = "lever", strings.TrimSpace(typed[1:])
	case strings.HasPrefix(typed, "=") && !strings.HasPrefix(typed, "=theme") && !strings.HasPrefix(typed, "=glyphs"):
		kind, rest = "set", strings.TrimSpace(typed[1:])
	}
	type ranked struct {
		entry
		rank int
	}
	var out []ranked
	known := false
	id, err := change.ParseID(typed)
	id = mark(id)
	for _, e := range all {
		if kind != "" && e.kind != kind || kind == "set" && !strings.HasPrefix(e.name, "=") {
			continue
		}
		r, fits := names.Rank(rest, e.name, e.words)
		if err == nil && e.name == id {
			r, fits, known = names.Exact, true, true
		}
		if fits {
			out = append(out, ranked{e, r})
		}
	}
	if err == nil && !known && typed != "" {
		out = append(out, ranked{entry{mark: kit.T("·", kit.Meta()), name: id, detail: "not in the queue", kind: "go", effect: "opens " + id,
			run: func(s *shell) tea.Cmd { return s.openChange(id) }}, names.Exact})
	}
	if list, err := phrase(strings.TrimPrefix(field, ":")); err == nil && !slices.ContainsFunc(out, func(e ranked) bool { return strings.HasSuffix(list[len(list)-1].ID, e.name) }) {
		last := list[len(list)-1]
		out = append(out, ranked{entry{mark: kit.T("·", kit.Meta()), name: typed, kind: "go", effect: "opens " + strings.TrimSpace(last.View+" "+last.ID),
			run: func(s *shell) tea.Cmd { return s.openPage(last.View, s.own(last).ID) }}, names.Exact})
	}
	if rollout.IsID(typed) {
		if id, err := rollout.ParseID(typed); err == nil {
			id = mark(id)
			out = append(out, ranked{entry{mark: kit.T("·", kit.Meta()), name: id, detail: "a rollout", kind: "go", effect: "opens " + id,
				run: func(s *shell) tea.Cmd { return s.openRollout(id) }}, names.Exact})
		}
	}
	slices.SortStableFunc(out, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	list := make([]entry, len(out))
	for k := range out {
		list[k] = out[k].entry
	}
	return list
}

// phrase reads a link, or the words after ssh -t HOST in one, and the id of a freeze, a dead letter or a message.
func phrase(typed string) ([]views.Open, error) {
	words := strings.Fields(typed)
	if len(words) > 3 && words[0] == "ssh" && words[1] == "-t" {
		words = words[3:]
	}
	if len(words) > 1 {
		return start(words)
	}
	list, err := thing(typed)
	if err == nil && (list[0].View == "change" || list[0].View == "rollouts") {
		err = errNoPhrase // these have entries of their own
	}
	return list, err
}

var errNoPhrase = release.Errorf(release.Usage, "this is no link")

// entries are gathered when the palette opens, from what the session has read.
func (s *shell) entries() []entry {
	var out []entry
	dot := kit.T("·", kit.Meta())
	add := func(e entry) {
		if e.mark.Text == "" {
			e.mark = dot
		}
		e.words = strings.ToLower(e.words + " " + e.name + " " + e.detail)
		out = append(out, e)
	}
	sel := s.top().view.Selection()
	for _, v := range s.world.Verbs() {
		if v.Key == "" || !hasView(v.Views, s.top().view.Name()) || sel.Kind == "" || !views.Meant(v, sel, s.person) || !access.Holds(s.person, v.Permission, s.now) {
			continue
		}
		if v.Name == "undo" && len(s.undos) == 0 && views.May(v, sel, s.person, s.now) != nil {
			continue
		}
		effect := "opens its sheet"
		switch v.Danger {
		case verb.Free:
			effect = "says its key: nothing fires from here"
		case verb.Look:
			effect = v.Hint + "; it changes nothing"
		}
		add(entry{name: v.Hint, detail: views.Subject(v, sel), kind: "lever", note: v.Key, words: ">" + v.Name, effect: effect, run: func(s *shell) tea.Cmd {
			if v.Danger == verb.Free { // it has no sheet to stop at
				s.say(note{aspect: release.Planned, text: v.Key + " is " + v.Hint + " of " + views.Subject(v, sel), try: "press it: nothing fires from the palette"})
				return nil
			}
			return s.pull(v)
		}})
	}
	s.addChanges(add)
	if _, ok := s.views["feeds"]; ok {
		for _, f := range s.alarm.Feeds {
			add(entry{mark: feedMark(f.Aspect(s.now, s.alarm.Since)), name: f.Name, detail: string(f.Kind) + " feed, " + f.Type, kind: "go", words: "feed:" + f.Name, effect: "opens the feed",
				run: func(s *shell) tea.Cmd { return s.openFeed(f.Name) }})
		}
	}
	for _, p := range atlas() {
		if _, ok := s.views[p.name]; ok {
			note := p.digit
			if note == "" {
				note = "g" + p.letter
			}
			add(entry{name: p.name, kind: "view", note: note, effect: "goes to the " + p.name, run: func(s *shell) tea.Cmd { return s.goTo(p.name) }})
		}
	}
	s.addThings(add)
	if sel.ID != "" {
		add(entry{name: s.link(sel), kind: "copy", note: "y", words: "link copy", effect: "copies the link", run: (*shell).copyLink})
	}
	s.addSettings(add)
	add(entry{name: "places", detail: "all views with their keys", kind: "view", note: "0", words: "menu more", effect: "lists all places", run: func(s *shell) tea.Cmd { s.sheet = newMenu(s); return nil }})
	add(entry{name: "help", detail: "keys and verbs", kind: "view", note: "?", words: "?", effect: "opens the help", run: func(s *shell) tea.Cmd { s.sheet = &help{}; return nil }})
	add(entry{name: "quit", detail: "leave signalbox", kind: "view", note: "q", words: "exit leave", effect: "asks whether to leave", run: func(s *shell) tea.Cmd { s.sheet = leave{}; return nil }})
	return out
}

// addChanges adds what waits and what was decided today.
func (s *shell) addChanges(add func(entry)) {
	q := s.alarm.Queue
	if q == nil {
		return
	}
	known := s.waiting()
	for k := range q.Decided {
		known = append(known, &q.Decided[k])
	}
	for _, i := range known {
		id := i.Change.ID
		add(entry{mark: kit.ItemMark(i, s.now), name: id, detail: i.Change.Name() + "  " + i.Standing(), kind: "go", words: bare(id), effect: "opens " + id,
			run: func(s *shell) tea.Cmd { return s.openChange(id) }})
	}
}

// addThings adds services, people, conflicts, freezes and dead letters.
func (s *shell) addThings(add func(entry)) {
	if s.names == nil {
		return
	}
	for _, t := range s.names.Things {
		e := entry{detail: t.Title, kind: "go"}
		if t.Aspect != "" {
			e.mark = kit.Mark(t.Aspect)
		}
		switch t.Kind {
		case names.Service:
			e.name, e.note = "svc:"+t.ID, ""
			if t.Title == t.ID {
				e.detail = ""
			}
			if t.Note != "" {
				e.detail = strings.TrimSpace(e.detail + "  " + t.Note)
			}
			e.effect, e.run = s.toService(t.ID)
		case names.Person:
			e.name, e.words = "@"+t.ID, t.Note
			e.effect, e.run = "the queue, filtered by "+t.ID, func(s *shell) tea.Cmd { return s.queueOf("owner=" + t.ID) }
		case names.Freeze:
			e.name, e.words = t.ID, bare(t.ID)+" freeze"
			e.effect, e.run = s.toFreeze(t)
		case names.Conflict:
			if _, ok := s.views["conflicts"]; !ok {
				continue
			}
			e.name, e.words = t.ID, bare(t.ID)+" conflict "+t.Note
			e.effect, e.run = "the conflicts on "+t.ID, func(s *shell) tea.Cmd { return s.openPage("conflicts", t.ID) }
		case names.Letter:
			e.name, e.words = t.ID, bare(t.ID)+" dead letter "+t.Note
			e.effect, e.run = "opens the dead letter", func(s *shell) tea.Cmd { return s.openPage("feed", "letter "+t.ID) }
			if _, ok := s.views["feed"]; !ok {
				continue
			}
		}
		add(e)
	}
}

// toService is where a service is shown: its own page, else the graph on it, else what waits of it.
func (s *shell) toService(id string) (string, func(*shell) tea.Cmd) {
	for _, v := range []string{"service", "graph", "health"} {
		if _, ok := s.views[v]; ok {
			return "the " + v + " on " + id, func(s *shell) tea.Cmd { return s.openPage(v, id) }
		}
	}
	return "the queue, filtered by " + id, func(s *shell) tea.Cmd { return s.queueOf("svc=" + id) }
}

// toFreeze is where a freeze is shown: on the calendar, else in words.
func (s *shell) toFreeze(t names.Thing) (string, func(*shell) tea.Cmd) {
	if _, ok := s.views["calendar"]; ok {
		return "the calendar at " + t.ID, func(s *shell) tea.Cmd { return s.openPage("calendar", t.ID) }
	}
	return "says what it bars", func(s *shell) tea.Cmd {
		s.say(note{aspect: t.Aspect, id: t.ID, text: t.Title, try: "from " + kit.Instant(t.At, s.now, s.clock.zone()), sticky: true})
		return nil
	}
}

// openPage pushes a view on the thing with an id.
func (s *shell) openPage(view, id string) tea.Cmd {
	o := views.Open{View: view, ID: id}
	if s.top().open == o {
		return nil
	}
	cmd, ok := s.push(o)
	if !ok {
		return s.absent(view)
	}
	return cmd
}

// queueOf goes to the queue and narrows it.
func (s *shell) queueOf(words string) tea.Cmd {
	if _, ok := s.views["queue"]; !ok {
		return s.absent("queue")
	}
	cmd := s.root(views.Open{View: "queue"}, views.Focus{})
	s.setFilter(words)
	return cmd
}

// addSettings adds what the session and the person's profile can be set to.
func (s *shell) addSettings(add func(entry)) {
	for _, set := range s.settings() {
		for _, v := range set.Values {
			e := entry{name: "set " + set.Name + " " + v, detail: set.Help, kind: "set", effect: set.Name + " " + v + ", kept in your profile",
				run: func(s *shell) tea.Cmd { return s.set(set.Name, v) }}
			if set.Name == "theme" || set.Name == "glyphs" {
				e.name, e.detail, e.words = "="+set.Name+" "+v, "", "="+v+" set "+set.Name
			}
			add(e)
		}
	}
	add(entry{name: "tz", detail: "NAME, as in tz Europe/Berlin: the zone of all times", kind: "set", note: "t", words: "time zone set zone", effect: "the next zone",
		run: func(s *shell) tea.Cmd { s.cycleZone(); return nil }})
}

// setting carries out what was typed after set. False where it names no setting.
func (s *shell) setting(typed string) (tea.Cmd, bool) {
	words := strings.Fields(typed)
	if len(words) != 3 {
		return nil, false
	}
	return s.set(strings.ToLower(words[1]), words[2]), true
}

// bare is an id as people type it: chg4182.
func bare(id string) string { return strings.ReplaceAll(id, "-", "") }

func (s *shell) openChange(id string) tea.Cmd { return s.openPage("change", s.marked(id)) }

func (s *shell) openRollout(id string) tea.Cmd { return s.openPage("rollout", s.marked(id)) }

func (s *shell) openFeed(name string) tea.Cmd { return s.openPage("feeds", name) }

// feedMark is the shape of a feed by its age.
func feedMark(a feed.Aspect) kit.Run {
	switch a {
	case feed.Dark:
		return kit.Mark(release.Dark)
	case feed.Late:
		return kit.Mark(release.Caution)
	}
	return kit.Mark(release.Go)
}
