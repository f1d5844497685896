package sshserver

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for command, want := range map[string][]string{
		"":                              nil,
		" \t\n ":                        nil,
		"q":                             {"q"},
		"reject CHG-1 -m 'no window'":   {"reject", "CHG-1", "-m", "no window"},
		`a "b \" c" 'd " e' f\ g`:       {"a", `b " c`, `d " e`, "f g"},
		`-m ''`:                         {"-m", ""},
		`-m "" x`:                       {"-m", "", "x"},
		`a''b`:                          {"ab"},
		`"\x \\ \$"`:                    {`\x \ $`},
		"q; rm -rf / | cat > x & $(id)": {"q;", "rm", "-rf", "/", "|", "cat", ">", "x", "&", "$(id)"},
		"`id` $HOME * ~ #x":             {"`id`", "$HOME", "*", "~", "#x"},
		"'$(id)' \"$HOME\"":             {"$(id)", "$HOME"},
		"a\\\nb":                        {"ab"},
	} {
		got, err := split(command)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %q (%v), not %q", command, got, err, want)
		}
	}
	for _, broken := range []string{`'a`, `"a`, `a\`, "a\x00b", "a\x1b[31m", "a\xff", "a\u009b"} {
		if got, err := split(broken); err == nil {
			t.Errorf("%q is %q", broken, got)
		}
	}
}

// FuzzSplit holds split against the shell itself, on lines in which the shell has nothing to expand.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a b", `'a b' "c" \d`, `"a\"b" '' x`, `a"b"c'd'`, "a\\\nb c", `"\a\\"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "$`|&;<>()*?[]#~=%!{}\n") || strings.ContainsFunc(s, func(r rune) bool { return r > '~' || r < ' ' && r != '\t' }) {
			return
		}
		words, err := split(s)
		out, shErr := exec.Command("/bin/sh", "-c", `for w in `+s+`
do printf '%s\0' "$w"; done`).Output()
		if err != nil {
			return // the shell would go on to read the next line
		}
		if shErr != nil {
			t.Fatalf("%q is %q, but the shell says %v", s, words, shErr)
		}
		var want []string
		for w := range bytes.SplitAfterSeq(out, []byte{0}) {
			if len(w) > 0 {
				want = append(want, string(w[:len(w)-1]))
			}
		}
		if !slices.Equal(words, want) {
			t.Errorf("%q is %q, but the shell's words are %q", s, words, want)
		}
	})
}
