package filter

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"signalbox/release"
)

// longest bounds what is read, in characters.
const longest = 400

// Fault says why a part of what was typed asks for nothing, or for something else than its writer may think.
type Fault struct {
	At   int    // its first character in what was typed, from 0
	Part string // as typed
	Text string // a sentence
	// Unfinished says that there is nothing wrong with it yet: its value is still to come.
	Unfinished bool
}

// piece is a part between blanks, with what is quoted taken together.
type piece struct {
	at     int // of its first character
	text   string
	quoted bool // the whole piece, or all after its "-"
	not    bool
}

// Parse reads what was typed. It never fails: what cannot be read is in Faults.
func (l Language) Parse(typed string) Query {
	var q Query
	for _, p := range pieces(typed) {
		t, f := l.term(p)
		if t != nil {
			t.Not = p.not
			q.Terms = append(q.Terms, *t)
		}
		if f != nil {
			f.At, f.Part = p.at, p.text
			q.Faults = append(q.Faults, *f)
		}
	}
	return q
}

// pieces splits at blanks that are not quoted.
func pieces(typed string) []piece {
	var out []piece
	var cur []rune
	at, in, any := 0, false, false
	flush := func() {
		if any {
			p := piece{at: at, text: strings.ToLower(release.Clean(string(cur), 0))}
			if rest, ok := strings.CutPrefix(p.text, "-"); ok {
				p.not, p.text = true, rest
			}
			if body, ok := strings.CutPrefix(p.text, `"`); ok {
				p.text, p.quoted = strings.TrimSuffix(body, `"`), true
			}
			if p.text != "" {
				out = append(out, p)
			}
		}
		cur, any = nil, false
	}
	n := 0
	for _, r := range typed {
		switch {
		case n == longest:
			flush()
			return out
		case unicode.IsSpace(r) && !in:
			flush()
		default:
			if !any {
				at, any = n, true
			}
			if r == '"' {
				in = !in
			}
			cur = append(cur, r)
		}
		n++
	}
	flush()
	return out
}

// term reads one piece.
func (l Language) term(p piece) (*Term, *Fault) {
	text := strings.ReplaceAll(p.text, `"`, "")
	word := &Term{Op: Holds, Values: []string{text}}
	if text == "" {
		return nil, nil
	}
	if p.quoted {
		return word, nil
	}
	if f, ok := l.Words[text]; ok {
		return &Term{Field: f, Op: Begins, Values: []string{text}}, nil
	}
	k := strings.IndexAny(p.text, ":~=<>")
	if k <= 0 {
		return word, nil
	}
	name, op, value := p.text[:k], Op(p.text[k:k+1]), p.text[k+1:]
	if rest, ok := strings.CutPrefix(value, "="); ok && (op == Less || op == More) {
		op, value = op+"=", rest
	}
	f := l.find(name)
	if f == nil {
		fault := &Fault{Text: name + " is no field, so it is looked for as a word"}
		if near := l.nearest(name); near != "" {
			fault.Text = "there is no field " + name + "; did you mean " + near + "?"
		}
		return word, fault
	}
	t := &Term{Field: f.Name, Op: op, kind: f.Kind}
	if f.Kind == Text {
		if op != Begins && op != Holds && op != Is {
			return nil, &Fault{Text: f.Name + " is compared with : = or ~"}
		}
		if t.Values = values(value); len(t.Values) == 0 {
			return nil, &Fault{Text: f.Name + string(op) + " and then a word" + among(f.Values), Unfinished: true}
		}
		return t, nil
	}
	value = strings.ReplaceAll(value, `"`, "")
	if op == Holds {
		return nil, &Fault{Text: f.Name + " is compared with < <= > >= or ="}
	}
	if op == Begins {
		t.Op = Is
	}
	var ok bool
	wants := "a number, as in " + f.Name + ">60"
	if f.Kind == Number {
		t.Number, ok = number(value)
	} else {
		wants = "a length of time, as in " + f.Name + "<4h"
		t.Span, ok = Length(value)
	}
	if !ok {
		return nil, &Fault{Text: f.Name + string(op) + " and then " + wants, Unfinished: value == "" || value == "-"}
	}
	return t, nil
}

// values splits at commas that are not quoted.
func values(s string) []string {
	var out []string
	var b strings.Builder
	in := false
	for _, r := range s + "," {
		switch {
		case r == '"':
			in = !in
		case r == ',' && !in:
			if v := b.String(); v != "" {
				out = append(out, v)
			}
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	if v := strings.TrimSuffix(b.String(), ","); in && v != "" { // a quote that was not closed
		out = append(out, v)
	}
	return out
}

func among(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return ": " + strings.Join(values, " ")
}

func number(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	return n, err == nil && !math.IsNaN(n) && math.Abs(n) < 1e15
}

// Length reads a length of time: "4h", "90m", "1h30m", "2d", "2d11h". A leading "-" makes it one that is past.
func Length(s string) (time.Duration, bool) {
	rest, neg := strings.CutPrefix(s, "-")
	var d time.Duration
	if days, hours, ok := strings.Cut(rest, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n >= 10_000 {
			return 0, false
		}
		d, rest = time.Duration(n)*24*time.Hour, hours
	}
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 || more >= 10_000*24*time.Hour {
			return 0, false
		}
		d += more
		if d >= 10_000*24*time.Hour {
			return 0, false
		}
	} else if d == 0 && !strings.HasSuffix(s, "d") {
		return 0, false
	}
	if neg {
		d = -d
	}
	return d, true
}

// nearest is the name of a field that differs from a word in at most two letters, "" where none does.
func (l Language) nearest(word string) string {
	best, dist := "", 3
	for _, f := range l.Fields {
		for _, n := range append([]string{f.Name}, f.Also...) {
			if d := distance(word, n); d < dist && 2*d < len(n)+1 {
				best, dist = n, d
			}
		}
	}
	return best
}

// distance is the number of letters to change, add, drop or swap with the next between two short words.
func distance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	two, one := []int(nil), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(one[j+1]+1, row[j]+1, one[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}

// Complete finishes the word that is being typed at the end: the name of a field, with the operator that it is
// asked for most, a word of the language, or one of the values of a field. Of several it finishes as much as they
// share, and returns them all, so that they can be shown.
func (l Language) Complete(typed string) (string, []string) {
	head, last := "", typed
	if k := strings.LastIndexByte(typed, ' '); k >= 0 {
		head, last = typed[:k+1], typed[k+1:]
	}
	if rest, ok := strings.CutPrefix(last, "-"); ok {
		head, last = head+"-", rest
	}
	low := strings.ToLower(last)
	var fit []string
	if k := strings.IndexAny(last, ":~=<>"); k > 0 {
		f := l.find(strings.ToLower(last[:k]))
		if f == nil || f.Kind != Text {
			return typed, nil
		}
		from := k + 1 + strings.LastIndexByte(last[k+1:], ',') + 1
		head, low = head+last[:from], strings.ToLower(last[from:])
		for _, v := range f.Values {
			if strings.HasPrefix(v, low) {
				fit = append(fit, v)
			}
		}
	} else {
		for _, f := range l.Fields {
			if strings.HasPrefix(f.Name, low) {
				fit = append(fit, f.Name+usual(f.Kind))
			}
		}
		for w := range l.Words {
			if strings.HasPrefix(w, low) {
				fit = append(fit, w)
			}
		}
		slices.Sort(fit)
	}
	if len(fit) == 0 {
		return typed, nil
	}
	common := fit[0]
	for _, f := range fit[1:] {
		for !strings.HasPrefix(f, common) {
			common = common[:len(common)-1]
		}
	}
	if len(common) < len(low) {
		return typed, fit
	}
	return head + common, fit
}

// usual is the operator that fields of a kind are asked with most.
func usual(k Kind) string { return map[Kind]string{Text: ":", Number: ">", Span: "<"}[k] }

// String says where the fault is and what it is.
func (f Fault) String() string { return fmt.Sprintf("at %d: %s", f.At+1, f.Text) }
