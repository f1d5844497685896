package terminal

import "strconv"

// attr is a set of marks on a character.
type attr uint8

const (
	bold attr = 1 << iota
	faint
	italic
	blink
	reverse
	conceal
	strike
)

// marks are the SGR parameters that switch an attribute on and off.
var marks = [...]struct {
	bit     attr
	on, off string
}{
	{bold, ";1", ";22"}, {faint, ";2", ";22"}, {italic, ";3", ";23"}, {blink, ";5", ";25"},
	{reverse, ";7", ";27"}, {conceal, ";8", ";28"}, {strike, ";9", ";29"},
}

// colour is the terminal's default (0), one of its 16 named colours, one of its palette of 256, or 24 bits.
type colour uint32

const (
	named   colour = 1 << 24
	indexed colour = 2 << 24
	direct  colour = 3 << 24
	kinds   colour = 0xFF << 24
)

// style is how a character looks. Zero is what a terminal shows after a reset.
type style struct {
	fg, bg, line colour // line: of the underline
	under        uint8  // 0: none, 1 to 5: single, double, curly, dotted, dashed
	attr         attr
}

// bare reports whether only the background of a blank in this style is seen.
func (s style) bare() bool { return s.under == 0 && s.attr&(blink|reverse|conceal|strike) == 0 }

// sgr reads the parameters of one SGR sequence into s.
func (s *style) sgr(params string) {
	for {
		var p int
		var sub string
		p, sub, params = param(params)
		switch {
		case p == 0:
			*s = style{}
		case p == 4:
			s.under = 1
			if sub != "" {
				n, _, _ := param(sub)
				s.under = uint8(min(n, 5))
			}
		case p == 21:
			s.under = 2
		case p == 24:
			s.under = 0
		case p == 6:
			s.attr |= blink
		case p >= 30 && p <= 37:
			s.fg = named | colour(p-30)
		case p >= 90 && p <= 97:
			s.fg = named | colour(p-90+8)
		case p >= 40 && p <= 47:
			s.bg = named | colour(p-40)
		case p >= 100 && p <= 107:
			s.bg = named | colour(p-100+8)
		case p == 38:
			s.fg, params = extended(s.fg, sub, params)
		case p == 48:
			s.bg, params = extended(s.bg, sub, params)
		case p == 58:
			s.line, params = extended(s.line, sub, params)
		case p == 39:
			s.fg = 0
		case p == 49:
			s.bg = 0
		case p == 59:
			s.line = 0
		default:
			for _, m := range marks {
				switch on, _ := strconv.Atoi(m.on[1:]); {
				case p == on:
					s.attr |= m.bit
				case p < 30 && ";"+strconv.Itoa(p) == m.off:
					s.attr &^= m.bit
				}
			}
		}
		if params == "" {
			return
		}
		params = params[1:] // the semicolon
	}
}

// param takes one number, empty as 0, with what follows a colon in sub; rest is empty or begins at a semicolon.
func param(s string) (n int, sub, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		n = min(n*10+int(s[i]-'0'), 1<<16)
		i++
	}
	j := i
	for j < len(s) && s[j] != ';' {
		j++
	}
	if j > i {
		sub = s[i+1 : j]
	}
	return n, sub, s[j:]
}

// extended reads the colour behind 38, 48 or 58: 5;n or 2;r;g;b, in parameters or (with a colour space, which
// is not looked at) behind colons. What is malformed leaves the colour as it was.
func extended(was colour, sub, rest string) (colour, string) {
	var n [6]int
	have := 0
	if sub != "" {
		for ; sub != "" && have < len(n); have++ {
			i := 0
			for i < len(sub) && sub[i] != ':' {
				i++
			}
			n[have], _, _ = param(sub[:i])
			sub = sub[min(i+1, len(sub)):]
		}
		if n[0] == 2 && have >= 5 { // 2:space:r:g:b
			n[1], n[2], n[3], have = n[2], n[3], n[4], 4
		}
	} else {
		for want := 1; have < want && rest != ""; have++ {
			n[have], _, rest = param(rest[1:])
			if have == 0 {
				want = map[int]int{5: 2, 2: 4}[n[0]]
			}
		}
	}
	switch {
	case n[0] == 5 && have >= 2 && n[1] < 256:
		return indexed | colour(n[1]), rest
	case n[0] == 2 && have >= 4 && n[1] < 256 && n[2] < 256 && n[3] < 256:
		return direct | colour(n[1])<<16 | colour(n[2])<<8 | colour(n[3]), rest
	}
	return was, rest
}

// turn appends the shorter of two sequences that change the pen from s to t: one that sets everything anew, or
// one that changes what differs. Equal styles need none.
func (s style) turn(b []byte, t style) []byte {
	if s == t {
		return b
	}
	if t == (style{}) {
		return append(b, "\x1b[m"...)
	}
	var x, y [96]byte
	anew := style{}.change(append(x[:0], ';', '0'), t)
	change := s.change(y[:0], t)
	if len(anew) < len(change) {
		change = anew
	}
	b = append(b, "\x1b["...)
	b = append(b, change[1:]...)
	return append(b, 'm')
}

// change appends the parameters, each with a semicolon before it, that lead from s to t.
func (s style) change(b []byte, t style) []byte {
	off, on := s.attr&^t.attr, t.attr&^s.attr
	if off&(bold|faint) != 0 { // one parameter ends both
		b = append(b, ";22"...)
		on |= t.attr & (bold | faint)
		off &^= bold | faint
	}
	for _, m := range marks {
		if off&m.bit != 0 {
			b = append(b, m.off...)
		}
	}
	for _, m := range marks {
		if on&m.bit != 0 {
			b = append(b, m.on...)
		}
	}
	if s.under != t.under {
		switch t.under {
		case 0:
			b = append(b, ";24"...)
		case 1:
			b = append(b, ";4"...)
		default:
			b = append(b, ";4:"...)
			b = append(b, '0'+t.under)
		}
	}
	if s.fg != t.fg {
		b = t.fg.params(b, 30)
	}
	if s.bg != t.bg {
		b = t.bg.params(b, 40)
	}
	if s.line != t.line {
		b = t.line.params(b, 50)
	}
	return b
}

// params appends a colour as foreground (30), background (40) or colour of the underline (50).
func (c colour) params(b []byte, base int) []byte {
	number := func(n int) {
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	n := int(c &^ kinds)
	switch kind := c & kinds; {
	case kind == 0:
		number(base + 9)
	case kind == named && base < 50 && n < 8:
		number(base + n)
	case kind == named && base < 50:
		number(base + 60 + n - 8)
	case kind == direct:
		number(base + 8)
		number(2)
		number(n >> 16)
		number(n >> 8 & 0xFF)
		number(n & 0xFF)
	default:
		number(base + 8)
		number(5)
		number(n)
	}
	return b
}
