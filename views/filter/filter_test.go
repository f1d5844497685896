package filter_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/views/filter"
)

var language = filter.Language{
	Fields: []filter.Field{{Name: "risk", Kind: filter.Number}, {Name: "due", Kind: filter.Span}, {Name: "team"}, {Name: "region"},
		{Name: "svc", Also: []string{"service"}}, {Name: "state", Values: []string{"locked", "mine", "missing"}}},
	Words: map[string]string{"dark": "state"},
}

type row struct {
	text map[string][]string
	risk float64
	due  time.Duration
}

func (r row) Text(f string) []string { return r.text[f] }
func (r row) Number(f string) (float64, bool) {
	return r.risk, f == "risk"
}
func (r row) Span(f string) (time.Duration, bool) { return r.due, f == "due" && r.due != 0 }
func (r row) Words() string                       { return strings.ToLower(strings.Join(r.text["words"], "\n")) }

var one = row{risk: 62, due: 3 * time.Hour, text: map[string][]string{"team": {"Data Platform"}, "region": {"EMEA", "APAC"},
	"svc": {"payments-api"}, "state": {"dark", "mine"}, "words": {"CHG-12", "payments-api 4.12.0", "unknown:acme/tool"}}}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  bool
	}{
		{"", true}, {"  ", true}, {"risk>60", true}, {"risk>62", false}, {"risk>=62", true}, {"risk:62", true}, {"risk=61", false}, {"risk<=61", false}, {"risk<62.5", true},
		{"due<4h", true}, {"due<2h30m", false}, {"due>2h", true}, {"due<1d", true}, {"due>=3h0m", true}, {"due<1d2h", true},
		{"region:emea", true}, {"region:EM", true}, {"region:ap,latam", true}, {"region:latam", false}, {"-region:latam", true}, {"-region:emea", false},
		{"region=em", false}, {"region=EMEA", true}, {"region~mea", true}, {`team:"data platform"`, true}, {`team:"data platforms"`, false}, {"team~plat", true},
		{"service:pay", true}, {"svc:pay risk>60 -team:infra 4.12", true}, {"svc:pay risk>60 -team:data", false}, {"chg-12", true}, {"chg-13", false}, {"-chg-13", true},
		{"dark", true}, {"-dark", false}, {`"dark"`, false}, {`"payments-api 4"`, true}, {"unknown:acme", true}, {"wrong>3", false},
		// What is not finished asks for nothing.
		{"risk>", true}, {"risk>x", true}, {"due<", true}, {"svc:", true}, {"-", true}, {`"`, true}, {"due<9", true}, {"team>3", true}, {"risk~6", true},
	} {
		if got := language.Parse(c.typed).Fits(one); got != c.want {
			t.Errorf("%s: %v", c.typed, got)
		}
	}
	if (row{}).due != 0 || language.Parse("due<4h").Fits(row{}) || language.Parse("-due<4h").Fits(row{}) == false {
		t.Error("a row that has no deadline is not due, and fits the opposite")
	}
}

func TestFaultsSayWhere(t *testing.T) {
	for _, c := range []struct {
		typed string
		at    int
		says  string
		later bool
	}{
		{"risk>", 0, "risk> and then a number", true}, {"pay risk>ab", 4, "risk> and then a number", false}, {"due<", 0, "a length of time, as in due<4h", true},
		{"a  due<4", 3, "a length of time", false}, {"team>3", 0, "team is compared with", false}, {"rsik>60", 0, "did you mean risk?", false},
		{"zzz:1", 0, "zzz is no field, so it is looked for as a word", false}, {"state:", 0, "state: and then a word: locked mine missing", true}, {"risk~6", 0, "risk is compared with", false},
	} {
		q := language.Parse(c.typed)
		if len(q.Faults) != 1 {
			t.Errorf("%s: %v", c.typed, q.Faults)
			continue
		}
		if f := q.Faults[0]; f.At != c.at || !strings.Contains(f.Text, c.says) || f.Unfinished != c.later {
			t.Errorf("%s: %+v, want %q at %d", c.typed, f, c.says, c.at)
		}
	}
	if q := language.Parse("risk>60 region:EMEA due<4h -team:data text dark"); len(q.Faults) != 0 || len(q.Terms) != 6 {
		t.Errorf("%+v", q)
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		typed, want string
		of          int
	}{
		{"ris", "risk>", 1}, {"payments du", "payments due<", 1}, {"-te", "-team:", 1}, {"s", "s", 2}, {"state:m", "state:mi", 2}, {"state:min", "state:mine", 1},
		{"state:mine,lo", "state:mine,locked", 1}, {"da", "dark", 1}, {"zz", "zz", 0}, {"nothing:x", "nothing:x", 0}, {"risk>6", "risk>6", 0}, {"RIS", "risk>", 1},
	} {
		got, of := language.Complete(c.typed)
		if got != c.want || len(of) != c.of {
			t.Errorf("%s: %q of %q, want %q of %d", c.typed, got, of, c.want, c.of)
		}
	}
}

// What a query writes is read as the same query, whatever was typed.
func same(t interface {
	Errorf(string, ...any)
}, typed string) {
	q := language.Parse(typed)
	again := language.Parse(q.String())
	if len([]rune(q.String())) < 400 && (len(q.Terms) != len(again.Terms) || len(q.Terms) > 0 && !reflect.DeepEqual(q.Terms, again.Terms)) {
		t.Errorf("%q is read as %q and then as %q", typed, q.String(), again.String())
	}
	q.Fits(one)
	for _, f := range q.Faults {
		if f.At < 0 || f.At >= len([]rune(typed))+1 || f.Text == "" {
			t.Errorf("%q: fault %+v", typed, f)
		}
	}
	done, _ := language.Complete(typed)
	if len(done) < len(typed) && !strings.EqualFold(done, typed) {
		t.Errorf("%q was completed to %q", typed, done)
	}
}

func TestWrittenAndReadAgain(t *testing.T) {
	part := rapid.StringOfN(rapid.RuneFrom([]rune(`risk>60due<4hteam:~=,-" aé.m`)), 0, 12, -1)
	field := rapid.SampledFrom([]string{"risk", "due", "team", "svc", "state", "none", ""})
	op := rapid.SampledFrom([]string{":", "~", "=", "<", ">", "<=", ">=", ""})
	rapid.Check(t, func(t *rapid.T) {
		var words []string
		for range rapid.IntRange(0, 5).Draw(t, "terms") {
			words = append(words, rapid.SampledFrom([]string{"", "-"}).Draw(t, "not")+field.Draw(t, "field")+op.Draw(t, "op")+part.Draw(t, "value"))
		}
		same(t, strings.Join(words, " "))
	})
}

// Narrowing by two queries is narrowing by both at once, and "-" is the opposite of every term.
func TestTermsAreJoined(t *testing.T) {
	term := rapid.SampledFrom([]string{"risk>60", "risk<10", "due<4h", "region:emea", "region:latam", "team~data", "pay", "zzz", "dark", "svc=payments-api"})
	rapid.Check(t, func(t *rapid.T) {
		a, b := term.Draw(t, "a"), term.Draw(t, "b")
		fits := func(s string) bool { return language.Parse(s).Fits(one) }
		if fits(a+" "+b) != (fits(a) && fits(b)) {
			t.Errorf("%s %s", a, b)
		}
		if fits(a) == fits("-"+a) {
			t.Errorf("-%s", a)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "risk>60 region:EMEA due<4h -team:data text", `team:"a b",c -"x y"`, "due<1d2h due>-3h", `svc:"`, "risk>1e9 --x -", "é:ü=<>~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) { same(t, typed) })
}
