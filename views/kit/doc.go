// Package kit owns everything from which screens are drawn: a canvas of cells, the painter that turns it
// into lines, the widths of text, the elements (rules, tables, meters, hints, sheets) and the writing of
// numbers and times. Everything is pure: now, zone, size, theme and tier are arguments. It imports release,
// themes and width tables; never Bubble Tea, another view, a store or control.
//
// # How a frame comes about
//
//	c := kit.New(w, h, tier)                     // once a frame; draw in Rich glyphs, Paint translates
//	body := c.Sub(0, 2, w, h-4)                  // windows clip; what is drawn on them shows on c
//	body.Rule(0, kit.Rule{Title: kit.Heading("QUEUE", "7", ""), Note: []kit.Run{kit.T("sort:due", kit.Meta())}})
//	lines := c.Paint(theme)                      // []string, each exactly w cells and self-contained
//
// Text may come from anywhere: Put cleans it again. Background and selection of a cell stay when text is
// put on it. Coordinates count from 0; column 0 is the gutter and rows begin in column 1.
//
// # Canvas
//
//	New(w, h int, tier themes.Tier) Canvas        c.W() c.H() c.Tier() c.Clear()
//	c.Sub(x, y, w, h) Canvas                      clipped window
//	c.Put(x, y, text, style) (next int)           c.PutRight(right, y, text, style) (start int)
//	c.PutIn(x, y, w, text, style) (next int)      cut at the end with "…"
//	c.Write(x, y, runs...) · c.WriteRight(right, y, runs...) · c.WriteIn(x, y, w, runs...)
//	c.Fill(x, y, w, h, style) · c.Repeat(x, y, n, glyph, style)
//	c.Cursor(y, focus)                            "▌" and selection of row y; Select(x, y, w) alone
//	c.Gone(y)                                     strikes a row through
//	c.Dim(lit int)                                body under a sheet; row lit keeps cursor, shape, id (-1: none)
//	c.Paint(theme) []string
//
// # Text
//
//	T(text, style) Run · Width(s) · RunsWidth(runs) · Truncate(s, w) · TruncateMiddle(s, w) · TruncateRuns(runs, w)
//	Wrap(s, w) []string
//
// # Styles, by meaning
//
//	Plain Strong ID Name Meta Faint Brand Line Here Lever Yours Look Stale Observed Sandbox Freeze…
//	Fresh(style)                                  changed a moment ago
//	Shape(a) string · AspectShape(a) · AspectWord(a) · AspectNumber(a) · Reason(a) · BarStyle(a)
//	Mark(a) Run                                   the shape in its style
//	Count(a, n, gap, word) Run                    "■2 STOP" of the alarm line
//	style.On(themes.Raised) · style.With(themes.Bold)
//
// # Elements
//
//	c.Rule(y, Rule{Title, Note []Run, Focus bool}) · Heading(title, count, rest) []Run
//	c.Divider(x, y, h) · c.Box(heavy, style, title, note) (inside Canvas)
//	c.Sheet(Sheet{Title, Note []Run, Rows, Width int, Top bool}) (inside Canvas)   c is the dimmed body
//	Fit(x, right, []Column, rows [][]Cell) Layout · c.Head(y, layout) · c.Row(y, layout, cells) · C(text, style) Cell
//	c.Meter(x, y, w, share, fill) · c.Hero(x, y, w, share, fill) · c.Spark(x, y, w, Spark{…})
//	c.Chart(x, y, w, h, Chart{Values, High, Limits})   Braille area over time
//	c.Field(x, y, w, Field{Text, Cursor, Focus, Block}) (cursor column or -1)
//	c.Hints(x, y, right, []Hint{{Key, Label, LeverKey|LookKey|LockedKey}}) · c.More(y, n)
//	c.Rail(y) · c.Edge(y0, y1)                    the sandbox's row and left edge
//
// # A change in words, the same on every screen
//
//	Facts{Item, Case, Me, Now, Zone, W, Late, Links} .Risk() .Evidence() .Duties() .Quorum() .Gate() .Sources() .Talk() .History()
//	                                              each []Strip{Key, Draw(c, y)}, headed by its rule
//	Checks(item) · CheckRuns · CheckKey · EvidenceScore(item) Run · GroupScore · Flow(items, w, gap)
//	c.Refusal(head, err) · Locked(key, hint, aspect, err, w) []Strip · Scroll(top, at, h, n) first
//
// # Numbers and times
//
//	Thousands(n) 88,214 · Compact(n) 48k · Decimal(v, d) · Percent(share, d) · Signed(v, d) · Factor(v) ×26
//	Quorum(have, need) 2/3 · Risk(risk, gap) Run · Unknown "—" · NotApplicable "–"
//	Span(d) 1h25m · Length(d) 10m · Age(at, now) · Ago(at, now)
//	Instant(at, now, zone) 13:30Z | Wed 02:00Z | Mon 30 Nov | 15 Jan 2027
//	Clock(at, zone) · Seconds(at, zone) · Date(at, zone) · Offset(at) · Window(from, to, now, zone)
//	Deadline(at, now, zone, person) (when, left Run)
package kit
