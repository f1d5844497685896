package tui

import (
	"cmp"
	"maps"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/names"
	"signalbox/release/simulation"
	"signalbox/views"
)

// The least size that views are drawn for, and the rows around a body: title, alarm line, ticker, hints.
const (
	minWidth, minHeight = 80, 24
	frameRows           = 4
)

// shell is the model of one session. Only the program's loop touches it.
type shell struct {
	host   string // what is typed after ssh
	world  views.World
	views  map[string]func(views.World, string) views.View
	look   look
	clock  clock
	w, h   int
	now    time.Time // of the message being handled; UTC
	person *access.Person
	drill  *simulation.State // nil in production
	ofRun  int               // of the sandbox, that the screens are of

	alarm    board.Alarm
	alarmErr error
	alarmed  bool // there has been an alarm
	reading  bool
	again    bool // read the alarm once more after this reading
	readAt   time.Time
	flash    flash

	stack  []*frame
	first  []tea.Cmd // of the first views
	serial int
	last   views.Open // the view before this one; its View is "" where there was none
	parked *frame     // that view as it was left, where it is not on the stack
	sheet  sheet
	filter *filter
	words  map[string][]string // the filters used, by view, the oldest first
	prefix bool                // g was pressed
	ticker ticker
	undos  []undo
	acting bool         // a lever waits for the store's answer
	names  *names.Names // nil until they were read
	naming bool
	prefs  prefs

	stay   *Stay // nil where nothing is kept
	told   Kept  // what stay was told last
	before Kept  // where ⏎ as the first key goes back to

	probing bool // the terminal may be asked how wide it draws shapes, and has not answered
	probe   probe

	pressed  time.Time // the last key
	disarmed bool
	blurred  bool
	small    small

	painted  tea.View
	still    atRest // of painted
	dirty    scope  // what has become old since
	held     bool   // it is painted when the other answers have come
	awaited  int    // answers to readings that are on their way to views
	settling bool   // a settledMsg is on its way
}

// flash marks counts of the alarm line that have just become worse.
type flash struct {
	n         int
	stop, esc bool
}

// Opens reports whether words after ssh -t HOST name a screen of this build; none at all does.
func Opens(words []string) bool {
	_, err := start(words)
	return err == nil
}

// New returns the screen of one session in the world w. It ends itself with tea.Quit when its person leaves
// or when w.Changed is closed.
func New(w views.World, o Options) tea.Model {
	s := &shell{world: w, views: o.Views, look: newLook(o), w: o.Width, h: o.Height,
		words: map[string][]string{}, dirty: screen, host: cmp.Or(o.Host, "signalbox")}
	if s.views == nil {
		s.views = places()
	}
	s.meet()
	if s.drill == nil {
		s.views = maps.Clone(s.views)
		delete(s.views, "sandbox") // there is none in production
	}
	s.ofRun = s.runs()
	s.pressed = s.now
	s.clock = newClock(o, s.person)
	s.prefs = newPrefs(o)
	s.stay, s.probing = o.Stay, o.Probe && o.Person.Glyphs == ""
	s.begin(o.Start)
	if len(o.Start) == 0 {
		s.offer(o.Before)
	}
	return s
}

// meet takes the time and the person for the message at hand. Neither blocks.
func (s *shell) meet() {
	s.now, s.person = s.world.Now().UTC(), s.world.Person()
	if w, ok := s.world.(views.Simulated); ok {
		if s.drill = w.Simulation(); s.drill != nil && s.drill.Beginning {
			s.now = s.drill.Now.UTC()
		}
	}
}

// begin puts the first views on the stack. Their commands run in Init.
func (s *shell) begin(words []string) {
	opens, err := start(words)
	if err != nil {
		s.refuse(err)
	}
	if first := s.prefs.chosen.FirstView; len(words) == 0 && s.views[first] != nil {
		opens = []views.Open{{View: first}}
	}
	for _, o := range opens {
		if cmd, ok := s.push(s.own(o)); ok {
			s.first = append(s.first, cmd)
		}
	}
	s.last = views.Open{}
}

// Init reads the first snapshots and asks the terminal what it is.
func (s *shell) Init() tea.Cmd {
	cmds := append(s.first, listen(s.world, time.Time{}), s.readAlarm(), tick(false))
	if s.look.chosen == "" {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	if s.probing {
		cmds = append(cmds, probeIn(probeAfter))
	}
	return tea.Batch(cmds...)
}

// Update handles one message.
func (s *shell) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	s.meet()
	anew := s.beginAnew()
	cmd := s.handle(msg)
	wait := s.aged(msg, s.spread(msg))
	if anew != nil { // nothing of the last frame holds
		s.dirty, s.held = screen, false
	}
	cmd = tea.Batch(anew, cmd, wait)
	switch msg.(type) {
	case tea.KeyPressMsg, toView, tickMsg:
		s.remember()
	}
	return s, cmd
}

func (s *shell) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.key(msg)
	case tea.PasteMsg:
		return s.paste(msg.Content)
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
		var cmds []tea.Cmd
		for _, f := range s.stack {
			cmds = append(cmds, s.resize(f))
		}
		return tea.Batch(cmds...)
	case tea.FocusMsg:
		s.blurred = false
		return s.refresh()
	case tea.BlurMsg:
		s.blurred = true
	case tickMsg:
		return s.tick()
	case changedMsg:
		wait := pace
		if s.blurred {
			wait = pauseBlur
		}
		return tea.Batch(listen(s.world, msg.at.Add(wait)), s.refresh())
	case endedMsg:
		return tea.Quit
	case alarmMsg:
		return s.tookAlarm(msg)
	case flashedMsg:
		if msg.n == s.flash.n {
			s.flash = flash{n: msg.n}
		}
	case toView:
		return s.deliver(msg)
	case caseMsg:
		if d, ok := s.sheet.(*decision); ok {
			d.meet(s, msg)
		}
	case doneMsg:
		return s.done(msg)
	case zoneMsg:
		return s.zoneFound(msg)
	case namesMsg:
		s.tookNames(msg)
	case probeMsg:
		return s.ask()
	case tea.CursorPositionMsg:
		return s.answered(msg)
	case savedMsg:
		s.saved(msg)
	case tea.MouseWheelMsg:
		return s.wheel(msg.Mouse())
	case tea.MouseClickMsg:
		return s.click(msg.Mouse())
	default:
		s.look.learn(msg)
	}
	return nil
}

// tick moves the clocks on, and reads again where nothing was read for a while.
func (s *shell) tick() tea.Cmd {
	s.expire()
	if s.idle() {
		s.disarm()
	}
	if ago := s.now.Sub(s.readAt); ago >= rereadEvery || ago < 0 { // a simulated clock may begin anew
		return tea.Batch(tick(s.blurred), s.refresh())
	}
	return tick(s.blurred)
}

// refresh reads what is on the screen again.
func (s *shell) refresh() tea.Cmd {
	for _, f := range s.stack[:len(s.stack)-1] {
		f.stale = true
	}
	cmds := []tea.Cmd{s.readAlarm(), s.reread(s.top())}
	if d, ok := s.sheet.(*decision); ok {
		for _, i := range d.items {
			cmds = append(cmds, readCase(s.world, i.Change.ID))
		}
	}
	return tea.Batch(cmds...)
}

func (s *shell) readAlarm() tea.Cmd {
	if s.reading {
		s.again = true
		return nil
	}
	s.reading, s.readAt = true, s.now
	return readAlarm(s.world)
}

// tookAlarm takes an alarm line that was read.
func (s *shell) tookAlarm(msg alarmMsg) tea.Cmd {
	s.reading, s.alarmErr = false, msg.err
	var cmds []tea.Cmd
	if s.again {
		s.again = false
		cmds = append(cmds, s.readAlarm())
	}
	if msg.err != nil {
		return tea.Batch(cmds...)
	}
	if old := s.alarm; s.alarmed && (msg.alarm.Stop > old.Stop || msg.alarm.Escalated > old.Escalated) {
		cmds = append(cmds, s.worse(msg.alarm.Stop > old.Stop, msg.alarm.Escalated > old.Escalated))
	}
	s.ticker.take(msg.alarm.Events, !s.alarmed)
	s.alarm, s.alarmed = msg.alarm, true
	return tea.Batch(cmds...)
}

// worse says that more bars than before, or that more clocks run out: one flash of 400 ms, and the bell for who
// wants it.
func (s *shell) worse(stop, esc bool) tea.Cmd {
	var cmds []tea.Cmd
	if !s.prefs.still {
		s.flash = flash{s.flash.n + 1, stop, esc}
		n := s.flash.n
		cmds = append(cmds, tea.Tick(400*time.Millisecond, func(time.Time) tea.Msg { return flashedMsg{n} }))
	}
	if s.prefs.bell {
		cmds = append(cmds, tea.Raw("\a"))
	}
	return tea.Batch(cmds...)
}

// storeDown is the sentence of a store that does not answer, "" while it does.
func (s *shell) storeDown() string {
	switch {
	case s.beginning():
		return simulation.Beginning
	case s.alarm.Store != "":
		return s.alarm.Store
	case release.CodeOf(s.alarmErr) == release.Unavailable:
		return "STORE does not answer: " + release.AsError(s.alarmErr).Message
	}
	return ""
}

// context is what views draw from.
func (s *shell) context() views.Frame {
	return views.Frame{Now: s.now, Zone: s.clock.zone(), Person: s.person, Verbs: s.world.Verbs(), Alarm: s.alarm}
}

func (s *shell) paste(text string) tea.Cmd {
	text = strings.Join(strings.Fields(release.Clean(text, 0)), " ")
	s.press()
	switch {
	case s.tiny():
	case s.filter != nil:
		s.filter.field.insert(text)
		s.applyFilter()
	case s.sheet != nil && s.sheet.paste(s, text):
	default:
		s.say(note{aspect: release.Caution, text: "a paste is taken in text fields only; nothing was done"})
	}
	return nil
}
