package verb_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/verb"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var table = verb.Table{
	{Name: "queue", Key: "q", Views: []string{"board"}},
	{Name: "approve", Key: "A", Views: []string{"queue", "change"}, Args: []verb.Arg{{Name: "CHANGE"}},
		Flags: []verb.Flag{{Name: "message", Short: "m", Kind: verb.String}, {Name: "seen", Kind: verb.Int}}},
	{Name: "change submit", Args: []verb.Arg{{Name: "CHANGE"}}},
	{Name: "change draft", Flags: []verb.Flag{{Name: "digest", Kind: verb.String, Required: true}, {Name: "kind", Kind: verb.String, Values: []string{"normal", "emergency"}}}},
	{Name: "freeze", Args: []verb.Arg{{Name: "KIND", Values: []string{"hard", "soft"}}, {Name: "SCOPE", Optional: true}},
		Flags: []verb.Flag{{Name: "for", Kind: verb.Duration}, {Name: "from", Kind: verb.Time}, {Name: "tag", Kind: verb.Strings}, {Name: "now", Kind: verb.Bool}}},
	{Name: "freeze lift", Args: []verb.Arg{{Name: "FREEZE"}}},
	{Name: "go", Alias: "goto", Args: []verb.Arg{{Name: "ID"}}},
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		words, name, rest string
		says              string // of the error
	}{
		{"queue", "queue", "", ""},
		{"change submit CHG-1", "change submit", "CHG-1", ""},
		{"freeze hard org", "freeze", "hard org", ""},
		{"freeze lift FRZ-1", "freeze lift", "FRZ-1", ""}, // the longest name first
		{"goto RO-1", "go", "RO-1", ""},
		{"change", "", "", "change needs a second word: submit, draft; help lists them"},
		{"change --json", "", "", "change needs a second word: submit, draft"},
		{"change sumbit CHG-1", "", "", `change has no "sumbit"; it has submit, draft; did you mean change submit?`},
		{"change x", "", "", `change has no "x"; it has submit, draft; help lists them`},
		{"aprove CHG-1", "", "", `there is no verb "aprove"; did you mean approve? help lists them all`},
		{"quuee", "", "", "did you mean queue?"},
		{"xy", "", "", `there is no verb "xy"; help lists them`}, // two letters away from "go": no likeness
		{"deploy", "", "", `there is no verb "deploy"; help lists them`},
		{"QUEUE", "", "", `there is no verb "QUEUE"`},
		{"\x1b[31mqueue", "", "", `there is no verb "[31mqueue"`},
		{"", "", "", "no verb was given; help lists them"},
	} {
		v, rest, err := table.Match(strings.Fields(c.words))
		if v.Name != c.name || strings.Join(rest, " ") != c.rest {
			t.Errorf("%q is %q with %q", c.words, v.Name, rest)
		}
		if (err == nil) != (c.says == "") || (err != nil && (!strings.Contains(err.Error(), c.says) || release.CodeOf(err) != release.Usage)) {
			t.Errorf("%q: %v, want %q", c.words, err, c.says)
		}
	}
	if _, _, err := table.Match([]string{""}); err == nil || !strings.Contains(err.Error(), `there is no verb ""`) {
		t.Errorf("an empty word: %v", err)
	}
	if _, _, err := table.Match([]string{strings.Repeat("approve", 100)}); err == nil || len(err.Error()) > 200 {
		t.Errorf("a long word: %v", err)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  verb.Call
		json  bool
		help  bool
		says  string
	}{
		{[]string{"approve", "CHG-1", "-m", "looks good to me"}, verb.Call{Args: []string{"CHG-1"}, Flags: map[string][]string{"message": {"looks good to me"}}}, false, false, ""},
		{[]string{"approve", "--message=a --b", "CHG-1", "--json"}, verb.Call{Args: []string{"CHG-1"}, Flags: map[string][]string{"message": {"a --b"}}}, true, false, ""},
		{[]string{"approve", "-m", "-1 is the offset", "CHG-1"}, verb.Call{Args: []string{"CHG-1"}, Flags: map[string][]string{"message": {"-1 is the offset"}}}, false, false, ""},
		{[]string{"approve", "--", "-m"}, verb.Call{Args: []string{"-m"}}, false, false, ""},
		{[]string{"approve", "-5"}, verb.Call{}, false, false, "approve: unknown shorthand flag: '5' in -5; usage: approve CHANGE"},
		{[]string{"approve"}, verb.Call{}, false, false, "approve: CHANGE is missing; usage: approve CHANGE [--message STRING] [--seen INT]"},
		{[]string{"approve", "CHG-1", "CHG-2"}, verb.Call{}, false, false, `approve: "CHG-2" is one word too many`},
		{[]string{"approve", "CHG-1", "--force"}, verb.Call{}, false, false, "approve: unknown flag: --force"},
		{[]string{"approve", "CHG-1", "--\x1b[2J"}, verb.Call{}, false, false, "unknown flag"},
		{[]string{"approve", "CHG-1", "-m"}, verb.Call{}, false, false, "flag needs an argument"},
		{[]string{"approve", "CHG-1", "--seen", "seven"}, verb.Call{}, false, false, `approve: --seen: "seven" is not a whole number`},
		{[]string{"approve", "CHG-1", "--seen", "7"}, verb.Call{Args: []string{"CHG-1"}, Flags: map[string][]string{"seen": {"7"}}}, false, false, ""},
		{[]string{"approve", "--help"}, verb.Call{}, false, true, ""},
		{[]string{"approve", "-h", "--json"}, verb.Call{}, true, true, ""},
		{[]string{"change", "draft"}, verb.Call{}, false, false, "change draft: --digest is missing; usage: change draft --digest STRING [--kind STRING]"},
		{[]string{"change", "draft", "--digest", "x", "--kind", "odd"}, verb.Call{}, false, false, `--kind: "odd" is not one of normal, emergency`},
		{[]string{"change", "draft", "--digest", "x", "--kind", "emergency"}, verb.Call{Flags: map[string][]string{"digest": {"x"}, "kind": {"emergency"}}}, false, false, ""},
		{[]string{"freeze", "icy"}, verb.Call{}, false, false, `KIND is one of hard, soft, not "icy"`},
		{[]string{"freeze", "hard"}, verb.Call{Args: []string{"hard"}}, false, false, ""},
		{[]string{"freeze", "hard", "org", "--for", "3d", "--from", "+2h", "--tag", "a,b", "--tag", "c", "--now"},
			verb.Call{Args: []string{"hard", "org"}, Flags: map[string][]string{"for": {"3d"}, "from": {"+2h"}, "tag": {"a,b", "c"}, "now": {"true"}}}, false, false, ""},
		{[]string{"freeze", "hard", "--for", "long"}, verb.Call{}, false, false, `freeze: --for: "long" is not a duration; write 90m, 4h or 3d`},
		{[]string{"freeze", "hard", "--from", "tomorrow"}, verb.Call{}, false, false, `freeze: --from: "tomorrow" is not a time`},
		{[]string{"freeze", "hard", "--now=maybe"}, verb.Call{}, false, false, "invalid"},
		{[]string{"freeze", "hard", "--now=false"}, verb.Call{Args: []string{"hard"}, Flags: map[string][]string{"now": {"false"}}}, false, false, ""},
	} {
		v, call, json, help, err := table.Parse(c.words)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || release.CodeOf(err) != release.Usage || strings.ContainsRune(err.Error(), 0x1b) {
				t.Errorf("%q: %v, want %q", c.words, err, c.says)
			}
			continue
		}
		if err != nil || json != c.json || help != c.help {
			t.Errorf("%q: json %v, help %v, %v", c.words, json, help, err)
		}
		if help {
			continue
		}
		if call.Verb != v.Name || !slices.Equal(call.Args, c.want.Args) || len(call.Flags) != len(c.want.Flags) {
			t.Errorf("%q: %+v", c.words, call)
		}
		for name, want := range c.want.Flags {
			if !slices.Equal(call.Flags[name], want) || call.Flag(name) != want[len(want)-1] || call.Has(name) != (want[0] != "false") {
				t.Errorf("%q: --%s is %q", c.words, name, call.Flags[name])
			}
		}
	}
}

func TestCall(t *testing.T) {
	c := verb.Call{Args: []string{"a"}, Flags: map[string][]string{"bare": {}, "off": {"false"}}}
	if c.Arg(0) != "a" || c.Arg(1) != "" || c.Flag("bare") != "" || c.Flag("none") != "" || !c.Has("bare") || c.Has("off") || c.Has("none") {
		t.Errorf("%+v", c)
	}
}

func TestForKey(t *testing.T) {
	for _, c := range []struct{ view, key, want string }{
		{"queue", "A", "approve"}, {"change", "A", "approve"}, {"board", "A", ""}, {"board", "q", "queue"}, {"queue", "a", ""}, {"queue", "", ""},
	} {
		if v, ok := table.ForKey(c.view, c.key); v.Name != c.want || ok != (c.want != "") {
			t.Errorf("%q in %s is %q", c.key, c.view, v.Name)
		}
	}
	if _, ok := table.Find(""); ok {
		t.Error("the empty name finds a verb")
	}
}

// Every line of usage can be typed back: its words name the verb.
func TestUsage(t *testing.T) {
	want := []string{"usage: queue", "usage: approve CHANGE [--message STRING] [--seen INT]", "usage: change submit CHANGE",
		"usage: change draft --digest STRING [--kind STRING]",
		"usage: freeze KIND [SCOPE] [--for DURATION] [--from TIME] [--tag STRINGS] [--now]", "usage: freeze lift FREEZE", "usage: go ID"}
	for i, v := range table {
		if got := v.Usage(); got != want[i] {
			t.Errorf("%q, want %q", got, want[i])
		}
		if m, _, err := table.Match(strings.Fields(strings.TrimPrefix(v.Usage(), "usage: "))); err != nil || m.Name != v.Name {
			t.Errorf("%q names %q, %v", v.Usage(), m.Name, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "4h": 4 * time.Hour, "3d": 72 * time.Hour, "1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute,
		"0d1s": time.Second, "3650d": 3650 * 24 * time.Hour,
		"": 0, "0": 0, "0s": 0, "0d": 0, "5": 0, "d": 0, "-1d": 0, "-5m": 0, "+5m": 0, "1d-12h": 0, "1d+1h": 0, "1d2d": 0, "1h1d": 0, "1.5d": 0, "3651d": 0,
		"3650d2562047h": 0, "99999999999999999999h": 0, "1w": 0, "1 d": 0,
	} {
		got, err := verb.ParseDuration(in)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseDuration(%q) = %s, %v; want %s", in, got, err, want)
		}
		if err != nil && (release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "write 90m, 4h or 3d")) {
			t.Errorf("ParseDuration(%q): %v", in, err)
		}
	}
}

func TestParseTime(t *testing.T) {
	east := noon.In(time.FixedZone("east", 8*3600))
	for in, want := range map[string]time.Time{
		"now": noon, "+2h": noon.Add(2 * time.Hour), "+3d": noon.Add(72 * time.Hour),
		"2026-11-24T13:30:00Z": noon.Add(90 * time.Minute), "2026-11-24T21:30:00+08:00": noon.Add(90 * time.Minute), "2026-11-24T12:00:00.5Z": noon.Add(500 * time.Millisecond),
		"": {}, "Now": {}, "+": {}, "+-2h": {}, "++2h": {}, "-2h": {}, "2026-11-24": {}, "2026-11-24T13:30:00": {}, "2026-02-30T00:00:00Z": {}, "13:30": {},
	} {
		got, err := verb.ParseTime(in, east)
		if !got.Equal(want) || (err == nil) == want.IsZero() || got.Location() != time.UTC {
			t.Errorf("ParseTime(%q) = %s, %v; want %s", in, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "is not a time; write now, +2h, or RFC 3339 with a zone") {
			t.Errorf("ParseTime(%q): %v", in, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"approve CHG-1 -m x", "freeze hard --for 3d --tag a", "change draft --digest=", "-- --", "freeze -h", "go \x00 --json=7", "approve ----", "change --", "freeze --=x -=", "approve -mm -"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) { parses(t, strings.Split(line, " ")) })
}

func TestParseProperties(t *testing.T) {
	word := rapid.OneOf(rapid.SampledFrom([]string{"approve", "change", "submit", "draft", "freeze", "hard", "go", "--json", "-h", "--", "-", "--for", "--for=1d", "--from", "now", "--now=", "--tag=", "-m", "--digest", "x", "", "--kind=normal"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) { parses(t, rapid.SliceOfN(word, 0, 6).Draw(t, "words")) })
}

// parses asserts what Parse promises for any words: no panic, Usage errors only, in clean text with advice,
// and a call that its declaration allows.
func parses(t interface{ Errorf(string, ...any) }, words []string) {
	v, c, _, help, err := table.Parse(words)
	if err != nil {
		if e := release.AsError(err); e.Code != release.Usage || e.Try == "" || release.Clean(e.Error(), 0) != e.Error() {
			t.Errorf("%q: code %s, %q", words, e.Code, e.Error())
		}
		return
	}
	if help {
		return
	}
	if c.Verb != v.Name || len(c.Args) > len(v.Args) {
		t.Errorf("%q: %+v of %q", words, c, v.Name)
	}
	for _, f := range v.Flags {
		if f.Required && len(c.Flags[f.Name]) == 0 {
			t.Errorf("%q: --%s is missing and nobody minds", words, f.Name)
		}
		for _, s := range c.Flags[f.Name] {
			if len(f.Values) > 0 && !slices.Contains(f.Values, s) {
				t.Errorf("%q: --%s %q", words, f.Name, s)
			}
		}
	}
}

func TestWrite(t *testing.T) {
	a := verb.Answer{Lines: []string{"CHG-1 <approved>", "by 1 of 1"}, Value: map[string]any{"id": "CHG-1", "text": "a < b & c"}}
	stream := verb.Answer{Lines: []string{"not this"}, Stream: func(w io.Writer) error { _, err := io.WriteString(w, "streamed"); return err }}
	for _, c := range []struct {
		a    verb.Answer
		json bool
		want string
	}{
		{a, false, "CHG-1 <approved>\nby 1 of 1\n"},
		{a, true, "{\n  \"id\": \"CHG-1\",\n  \"text\": \"a < b & c\"\n}\n"},
		{verb.Answer{}, false, ""},
		{verb.Answer{Value: verb.NewList[string](nil, "", noon, nil)}, true, "{\n  \"items\": [],\n  \"next\": \"\",\n  \"as_of\": \"2026-11-24T12:00:00Z\",\n  \"stale\": []\n}\n"},
		{stream, false, "streamed"},
		{stream, true, "streamed"},
	} {
		var b bytes.Buffer
		if err := verb.Write(&b, c.a, c.json); err != nil || b.String() != c.want {
			t.Errorf("json %v: %q, %v; want %q", c.json, b.String(), err, c.want)
		}
	}
	for _, json := range []bool{false, true} {
		if err := verb.Write(shut{}, a, json); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a closed pipe: %v", err)
		}
	}
}

func TestWriteError(t *testing.T) {
	for _, c := range []struct {
		err  error
		json bool
		want string
	}{
		{release.Errorf(release.Refused, "%s is locked", "CHG-1").Advise("ask <an admin>"), false, "refused: CHG-1 is locked\n  ask <an admin>\n"},
		{release.Errorf(release.NotFound, "there is no CHG-9"), false, "not found: there is no CHG-9\n"},
		{release.Errorf(release.Unauthenticated, "the signature is wrong"), false, "refused: the signature is wrong\n"},
		{release.Errorf(release.Changed, "it changed"), false, "changed: it changed\n"},
		{errors.New("secret path"), false, "internal: signalbox met a fault of its own\n  nothing was changed; the server log has the cause\n"},
		{release.Errorf(release.Refused, "no").Advise("ask <an admin>"), true, "{\n  \"error\": {\n    \"code\": \"refused\",\n    \"message\": \"no\",\n    \"try\": \"ask <an admin>\"\n  }\n}\n"},
	} {
		var b bytes.Buffer
		if err := verb.WriteError(&b, c.err, c.json); err != nil || b.String() != c.want {
			t.Errorf("%v: %q, %v; want %q", c.err, b.String(), err, c.want)
		}
	}
	if err := verb.WriteError(shut{}, errors.New("x"), false); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a closed pipe: %v", err)
	}
}

type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
