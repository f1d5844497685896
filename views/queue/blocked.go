package queue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/views"
	"signalbox/views/kit"
)

// obstacle is one reason why changes cannot move, with all that it holds up.
type obstacle struct {
	aspect   release.Aspect
	why, try string
	numbers  []string                // ids without their prefix
	rows     []func(kit.Canvas, int) // of those for which there is room
}

// obstacles are the reasons behind the tab blocked, the worst first, each said once.
func (v View) obstacles(f views.Frame) []obstacle {
	type reason struct{ why, try string }
	at := map[reason]int{}
	var out []obstacle
	for _, i := range v.known.stuck {
		o := v.obstacle(i, f)
		k, ok := at[reason{o.why, o.try}]
		if !ok {
			k = len(out)
			at[reason{o.why, o.try}] = k
			out = append(out, o)
		}
		out[k].numbers = append(out[k].numbers, strings.TrimPrefix(i.Change.ID, "CHG-"))
	}
	order := []release.Aspect{release.Stop, release.Dark}
	rank := func(a release.Aspect) int {
		if k := slices.Index(order, a); k >= 0 {
			return k
		}
		return len(order)
	}
	slices.SortStableFunc(out, func(a, b obstacle) int { return cmp.Compare(rank(a.aspect), rank(b.aspect)) })
	return out
}

// obstacle is why a change cannot move, and what would help.
func (v View) obstacle(i *change.Item, f views.Frame) obstacle {
	o := obstacle{aspect: i.Aspect(f.Now), why: "nobody may approve it", try: "an admin grants the role approver to somebody without a hand in it"}
	switch err := i.Locked(); {
	case i.Moving != "":
		o.why, o.try = i.Moving, "roll it back at its source, or approve it now and say why"
		if kit.Rolling(i) {
			o.try = "stop it at its source, or approve it now and say why"
		}
	case err != nil:
		o.why, o.try = release.AsError(err).Message, release.AsError(err).Try
	case i.Barred() && i.Bar != gate.FreezeGate && o.aspect != release.Dark:
		o.aspect, o.why, o.try = release.Planned, i.BarReason, "it can be approved now; 3 settles what stands in its way"
	case i.Barred() && o.aspect != release.Dark:
		o.aspect, o.why, o.try = release.Planned, "a freeze is in force", "it can be approved now and goes in after the freeze"
	case o.aspect == release.Dark:
		o.why, o.try = "evidence rests on "+i.Stale+", dark "+feedAge(f, i.Stale), "bring the feed back"
	}
	return o
}

// draw is the reason after the one id, or on rows of its own below several.
func (o obstacle) draw(w int) []func(kit.Canvas, int) {
	mark := kit.Mark(o.aspect)
	indent := 3 + len(o.numbers[0]) + 1
	var rows []func(kit.Canvas, int)
	many := len(o.numbers) > 1
	if many {
		indent = 5
		list := o.numbers[0]
		for n, id := range o.numbers[1:] {
			more := "  +" + strconv.Itoa(len(o.numbers)-1-n)
			if kit.Width(list+"  "+id+more) > w-4 {
				list += more
				break
			}
			list += "  " + id
		}
		rows = append(rows, func(c kit.Canvas, y int) { c.Write(1, y, mark, kit.T(" "+list, kit.Strong())) })
	}
	for n, l := range kit.Wrap(o.why, max(w-indent-1, 12)) {
		rows = append(rows, func(c kit.Canvas, y int) {
			if n == 0 && !many {
				c.Write(1, y, mark, kit.T(" "+o.numbers[0], kit.Strong()))
			}
			c.Put(indent, y, l, kit.Plain())
		})
	}
	for n, l := range kit.Wrap(o.try, max(w-indent-3, 12)) {
		rows = append(rows, func(c kit.Canvas, y int) {
			if n == 0 {
				c.Put(indent, y, "→", kit.Meta())
			}
			c.Put(indent+2, y, l, kit.Meta())
		})
	}
	return rows
}
