package conflicts

import (
	"fmt"
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

// best is the key of the row that the lever which moves acts on first.
const best = "best"

// drawn is how many slots stand on the screen; the sheet has all of them.
const drawn = 3

// wayCols are the cells of a way out's name, and at is where what is said of it begins.
const wayCols = 12

// resolve are the ways out: the slots, the parts, the waiver, the escalation; and what the first slot would come to.
func (v View) resolve(r *row, w int, f views.Frame) []kit.Strip {
	note := []kit.Run{kit.T("levers ask first", kit.Meta())}
	if n := v.unjudged(); n > 0 {
		note = []kit.Run{kit.T(strconv.Itoa(n)+" of 22 kinds not known", kit.Meta())}
	}
	if len(v.dark()) > 0 {
		note = []kit.Run{kit.Mark(release.Dark), kit.T(" not certain", kit.AspectWord(release.Dark))}
	}
	out := []kit.Strip{head(kit.Heading("RESOLVE", "", ""), note...)}
	b := v.brief()
	if b == nil {
		return append(out, text(kit.T("the ways out are being read", kit.Meta())))
	}
	out = append(out, v.slots(r, b, f)...)
	out = append(out, v.other(b, f)...)
	parts := v.split(b, w, f)
	if narrow := v.plan().left == 0; !narrow || len(parts) == 1 {
		out = append(out, parts...)
		parts = nil
	}
	out = append(out, v.waive(r, b, w, f)...)
	out = append(out, v.escalate(r, b, f))
	out = append(out, v.preview(r, b, w, f)...)
	if len(parts) > 0 { // they would push what the first slot comes to off a small screen
		out = append(append(out, head(kit.Heading("SPLIT", "", "by region"))), parts...)
	}
	return out
}

// way is the row of a way out: its key, lit as far as the person may press it, its name, and what is said of it.
func (v View) way(key, name, lever string, f views.Frame, runs ...kit.Run) kit.Strip {
	return kit.Strip{Draw: func(c kit.Canvas, y int) {
		style, label := kit.Meta(), kit.Meta()
		if lever != "" {
			if x, ok := f.Verbs.Find(lever); ok && f.Person != nil && access.Holds(f.Person, x.Permission, f.Now) {
				if f.Alarm.Store == "" && views.May(x, v.Selection(), f.Person, f.Now) == nil {
					style, label = kit.Lever(), kit.Plain()
				}
			} else {
				key = " "
			}
		}
		c.Put(1, y, key, style)
		c.PutIn(3, y, wayCols-4, name, label)
		c.WriteIn(wayCols, y, c.W()-wayCols-1, runs...)
	}}
}

// slots are the best times for the change that should yield.
func (v View) slots(r *row, b *ways, f views.Frame) []kit.Strip {
	s := b.brief.Search
	if b.brief.A == nil {
		return []kit.Strip{v.way("M", "move A", "move", f, kit.T(r.kase.Work()+" is not on the calendar any more", kit.Meta()))}
	}
	if len(s.Slots) == 0 {
		return v.blocked("M", "move A", "move", b.brief.Search, f)
	}
	var out []kit.Strip
	wide := 0
	for _, x := range s.Slots[:min(drawn, len(s.Slots))] {
		wide = max(wide, kit.Width(views.SlotTime(x.From, f.Now, f.Zone)))
	}
	for n, x := range s.Slots[:min(drawn, len(s.Slots))] {
		key, name, lever := " ", "", ""
		if n == 0 {
			key, name, lever = "M", "move A", "move"
		}
		first := n == 0 && len(v.dark()) == 0
		runs := append([]kit.Run{kit.T("["+strconv.Itoa(n+1)+"]", kit.Lever()), kit.T(" ", kit.Plain())}, v.slot(x, wide, first, f)...)
		strip := v.way(key, name, lever, f, runs...)
		if n == 0 {
			strip.Key = best
			draw := strip.Draw
			strip.Draw = func(c kit.Canvas, y int) {
				draw(c, y)
				if first && len(x.Left) == 0 && c.W() >= 79 {
					c.PutRight(c.W(), y, "best", kit.Strong())
				}
			}
		}
		out = append(out, strip)
	}
	if more := len(s.Slots) - drawn; more > 0 && v.plan().left > 0 {
		out = append(out, v.way(" ", "", "", f, kit.T("+"+strconv.Itoa(more)+" on the sheet of M", kit.Meta())))
	}
	return out
}

// told is a slot in words: what the rules say of it, and why it has its rank. What only rests on inputs that nobody feeds
// is told once, not at each slot. Where a feed is silent nothing of it is certain.
func (v View) told(x conflict.Slot) views.Way {
	out := views.Way{Slot: x, Aspect: release.Go, Word: "clear"}
	unknown := v.fed(x.Unknown)
	switch {
	case len(x.Left) > 0:
		out.Aspect, out.Word = release.Caution, names(x.Left)
	case len(unknown) > 0:
		out.Aspect, out.Word = release.Dark, "not known: "+names(unknown)
	case len(v.dark()) > 0:
		out.Aspect, out.Word = release.Dark, "clear when last heard"
	}
	if len(x.Why) > 1 {
		out.Why = release.Clean(strings.Join(x.Why[1:], ", "), 200)
	}
	return out
}

// slot is when, in w cells, how good, and why.
func (v View) slot(x conflict.Slot, w int, lit bool, f views.Frame) []kit.Run {
	style, sure := kit.Plain(), ""
	if lit {
		style = kit.Strong()
	}
	if len(v.dark()) > 0 {
		style, sure = kit.Stale(), "~"
	}
	t := v.told(x)
	out := []kit.Run{kit.T(fmt.Sprintf("%-*s ", w+len(sure), sure+views.SlotTime(x.From, f.Now, f.Zone)), style), kit.Mark(t.Aspect)}
	switch t.Aspect {
	case release.Go:
		out = append(out, kit.T(" "+t.Word, kit.Plain()))
	default:
		out = append(out, kit.T(" "+t.Word, kit.Reason(t.Aspect)))
	}
	if t.Why != "" {
		out = append(out, kit.T(", "+t.Why, kit.Meta()))
	}
	return out
}

// blocked says that there is no slot, and what stands in the way.
func (v View) blocked(key, name, lever string, s conflict.Search, f views.Frame) []kit.Strip {
	out := []kit.Strip{v.way(key, name, lever, f, kit.Mark(release.Stop), kit.T(" no slot", kit.Reason(release.Stop)), kit.T(" until "+kit.Instant(s.Until, f.Now, f.Zone), kit.Plain()))}
	for _, x := range s.Blocking[:min(2, len(s.Blocking))] {
		out = append(out, v.way(" ", "", "", f, kit.T("blocked by "+x.Kind.ID()+" "+release.Clean(x.Reason, 200), kit.Meta())))
	}
	return out
}

// other is where the other change could go: it is moved by its own id.
func (v View) other(b *ways, f views.Frame) []kit.Strip {
	if b.brief.B == nil {
		return nil
	}
	switch s := b.brief.Other; {
	case b.brief.B.State == change.Implementing || b.brief.B.State == change.InReview:
		return []kit.Strip{v.way(" ", "or B", "", f, kit.T(b.brief.B.ID+" has begun; it is not moved", kit.Meta()))}
	case len(s.Slots) == 0:
		return v.blocked(" ", "or B", "", s, f)[:1]
	default:
		runs := append(v.slot(s.Slots[0], 0, false, f), kit.T("  move "+b.brief.B.ID, kit.Meta()))
		return []kit.Strip{v.way(" ", "or B", "", f, runs...)}
	}
}

// split is where the parts of the change could go, a region each.
func (v View) split(b *ways, w int, f views.Frame) []kit.Strip {
	if len(b.brief.Parts) == 0 {
		return nil
	}
	var parts [][]kit.Run
	for _, p := range b.brief.Parts {
		name := kit.T(release.Clean(p.Region, 24)+" ", kit.Plain())
		if len(p.Search.Slots) == 0 {
			parts = append(parts, []kit.Run{name, kit.Mark(release.Stop), kit.T(" no slot", kit.Meta())})
			continue
		}
		x := p.Search.Slots[0]
		a := release.Go
		switch {
		case len(v.dark())+len(v.fed(x.Unknown)) > 0:
			a = release.Dark
		case len(x.Left) > 0:
			a = release.Caution
		}
		parts = append(parts, []kit.Run{name, kit.Mark(a), kit.T(" "+views.SlotTime(x.From, f.Now, f.Zone), kit.Meta())})
	}
	var out []kit.Strip
	for n, l := range kit.Flow(parts, w-wayCols-1, 3) {
		name := ""
		if n == 0 {
			name = "regions"
		}
		out = append(out, v.way(" ", name, "", f, l...))
	}
	return out
}

// waive says who may waive the case, and what that asks for.
func (v View) waive(r *row, b *ways, w int, f views.Frame) []kit.Strip {
	k := r.kase
	who := people(b.brief.Waivers)
	if who == "" {
		who = "nobody who has no hand in it"
	}
	var runs []kit.Run
	switch x := k.Waiver; {
	case k.Kind == conflict.FreezeHard || k.Kind == conflict.FreezeSoft:
		runs = []kit.Run{kit.T("a freeze is lifted, not waived for one change", kit.Meta())}
	case k.Severity <= conflict.Warn:
		runs = []kit.Run{kit.T("a warning holds nothing up", kit.Meta())}
	case k.Pending(f.Now):
		runs = []kit.Run{kit.T("asked for by "+string(x.By)+"; a second person by "+kit.Clock(x.At.Add(conflict.OverrideTTL), f.Zone), kit.Reason(release.Caution)), kit.T("  "+who, kit.Meta())}
	case k.Holds(f.Now):
		by := string(x.By)
		if x.Second != "" {
			by += " and " + string(x.Second)
		}
		runs = []kit.Run{kit.T("by "+by+" until "+kit.Instant(x.Until, f.Now, f.Zone), kit.Plain()), kit.T("  "+release.Clean(x.Reason, 200), kit.Meta())}
	case k.Severity == conflict.Hard:
		runs = []kit.Run{kit.T("two of ", kit.Meta()), kit.T(who, kit.Plain()), kit.T(" · "+strconv.Itoa(conflict.OverrideWords)+" characters or more · it ends", kit.Meta())}
	default:
		runs = []kit.Run{kit.T(who, kit.Plain()), kit.T(" · "+strconv.Itoa(conflict.WaiveWords)+" characters or more · it ends", kit.Meta())}
	}
	return []kit.Strip{v.way("W", "waive", "waive", f, runs...)}
}

// escalate says whom the case asks, since when, and when the next are asked.
func (v View) escalate(r *row, b *ways, f views.Frame) kit.Strip {
	k := r.kase
	lever := verb.Verb{Name: "answer"}
	if !views.Meant(lever, v.Selection(), f.Person) {
		lever.Name = "escalate"
	}
	who := people(b.brief.Asked)
	if who == "" {
		who = "(nobody)"
	}
	var runs []kit.Run
	switch {
	case k.State != conflict.Open:
		runs = []kit.Run{kit.T("it is "+string(k.State)+"; nobody need be asked", kit.Meta())}
	case k.AnsweredBy != "":
		runs = []kit.Run{kit.T(string(k.AnsweredBy), kit.Strong()), kit.T(" answered at "+kit.Instant(k.AnsweredAt, f.Now, f.Zone)+"; nobody else is asked", kit.Plain())}
	default:
		step := min(max(k.Step, 0), len(conflict.Path)-1)
		runs = []kit.Run{kit.T("asks "+string(conflict.Path[step].Role)+"s ", kit.Meta()), kit.T(who, kit.Plain()), kit.T(" since "+kit.Instant(k.AskedAt, f.Now, f.Zone), kit.Meta())}
		if due := k.Due(); !due.IsZero() {
			runs = append(runs, kit.T(" · "+string(conflict.Path[step+1].Role)+"s in ", kit.Meta()), kit.Left(due, f.Now, true))
		} else {
			runs = append(runs, kit.T(" · the last on its path", kit.Meta()))
		}
	}
	return v.way("E", lever.Name, lever.Name, f, runs...)
}

// preview is what the first slot would come to.
func (v View) preview(r *row, b *ways, w int, f views.Frame) []kit.Strip {
	if b.brief.A == nil || len(b.brief.Search.Slots) == 0 {
		return nil
	}
	x, a := b.brief.Search.Slots[0], b.brief.A
	before, after := v.docket.Of(a.ID), len(x.Left)
	runs := []kit.Run{kit.T(a.ID, kit.ID()), kit.T(" "+views.SlotTime(a.From, f.Now, f.Zone)+" → "+views.SlotTime(x.From, f.Now, f.Zone), kit.Plain()),
		kit.T("   ╳ ", kit.AspectShape(hurt(r.kase, f))), kit.T(strconv.Itoa(before)+" → "+strconv.Itoa(after), kit.Strong())}
	if len(v.dark())+len(v.fed(x.Unknown)) > 0 {
		runs[len(runs)-1].Text = strconv.Itoa(before) + " → ~" + strconv.Itoa(after)
	}
	if b.a != nil && b.a.Item.Approval.Needed > 0 {
		i := &b.a.Item
		runs = append(runs, kit.T("   approval kept "+kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Plain()))
		if more := kit.T(" (time only)", kit.Meta()); kit.RunsWidth(runs)+kit.Width(more.Text) <= w-2 {
			runs = append(runs, more)
		}
	} else {
		runs = append(runs, kit.T("   no approval was asked for yet", kit.Meta()))
	}
	return []kit.Strip{head(append(kit.Heading("PREVIEW", "", ""), kit.T(" M[1]", kit.Meta()))), text(runs...)}
}
