package release_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"signalbox/release"
)

func TestExit(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{release.Errorf(release.Internal, "x"), 1},
		{release.Errorf(release.Unavailable, "x"), 1},
		{errors.New("foreign"), 1},
		{release.Errorf(release.Usage, "x"), 2},
		{release.Errorf(release.NotFound, "x"), 3},
		{release.Errorf(release.Refused, "x"), 4},
		{release.Errorf(release.Unauthenticated, "x"), 4},
		{release.Errorf(release.Changed, "x"), 5},
		{fmt.Errorf("store: %w", release.Errorf(release.Changed, "x")), 5},
	} {
		if got := release.Exit(c.err); got != c.want {
			t.Errorf("Exit(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestAsErrorHidesForeignText(t *testing.T) {
	cause := errors.New("pq: password authentication failed for user signalbox")
	e := release.AsError(cause)
	if e.Code != release.Internal || strings.Contains(e.Error(), "password") {
		t.Errorf("a foreign error reads %q with code %q", e.Error(), e.Code)
	}
	if !errors.Is(e, cause) {
		t.Error("the cause is lost to the logs")
	}
	if release.AsError(nil) != nil || release.CodeOf(nil) != "" {
		t.Error("nil is an error")
	}
	own := release.Errorf(release.Refused, "no")
	if release.AsError(fmt.Errorf("wrapped: %w", own)) != own {
		t.Error("a wrapped Error is not found")
	}
}

func TestErrorCopies(t *testing.T) {
	cause := errors.New("disk")
	base := release.Errorf(release.Unavailable, "the store is %s", "full")
	told := base.Advise("free %d MB", 5).Because(cause)
	if got, want := told.Error(), "the store is full; free 5 MB"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if base.Try != "" || base.Cause != nil {
		t.Errorf("Advise or Because changed its receiver: %+v", base)
	}
	if base.Error() != "the store is full" || !errors.Is(told, cause) {
		t.Errorf("base %q, told %v", base.Error(), told)
	}
}

func TestParseDigest(t *testing.T) {
	sha, git, git256 := strings.Repeat("0a", 32), strings.Repeat("0b", 20), strings.Repeat("0c", 32)
	for in, want := range map[string]release.Digest{
		"sha256:" + sha:                         release.Digest("sha256:" + sha),
		" SHA256:" + strings.ToUpper(sha) + " ": release.Digest("sha256:" + sha),
		"git:" + git:                            release.Digest("git:" + git),
		"Git:" + strings.ToUpper(git):           release.Digest("git:" + git),
		"git:" + git256:                         release.Digest("git:" + git256),
		"":                                      "",
		sha:                                     "",
		"sha256:" + sha[1:]:                     "",
		"sha256:" + sha + "0":                   "",
		"sha256:" + sha[:62] + "0g":             "",
		"sha256:" + git:                         "",
		"git:" + git[1:]:                        "",
		"git:" + git + "00":                     "",
		"sha512:" + sha:                         "",
		"git:" + git[:30] + "\x1b" + git[31:]:   "",
	} {
		got, err := release.ParseDigest(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseDigest(%q) = %q, %v; want %q", in, got, err, want)
		}
		if err != nil {
			if release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" || strings.ContainsRune(err.Error(), 0x1b) {
				t.Errorf("ParseDigest(%q) says %q", in, err)
			}
			continue
		}
		if again, err := release.ParseDigest(string(got)); again != got || err != nil {
			t.Errorf("the canonical %q reads as %q, %v", got, again, err)
		}
	}
}

func TestDigestShort(t *testing.T) {
	for d, want := range map[release.Digest]string{
		release.Digest("git:" + strings.Repeat("ab", 20)): "abababa",
		"git:abc": "git:abc",
		"":        "",
	} {
		if got := d.Short(); got != want {
			t.Errorf("%q.Short() = %q, want %q", d, got, want)
		}
	}
}

func TestWorseIsAStrictOrder(t *testing.T) {
	order := []release.Aspect{release.Stop, release.Escalated, release.Dark, release.Caution, release.Planned, release.Go}
	for i, a := range order {
		for j, b := range order {
			if a.Worse(b) != (i < j) {
				t.Errorf("%s worse than %s: %v", a, b, a.Worse(b))
			}
		}
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add("sha256:" + strings.Repeat("F", 64))
	f.Add("git:" + strings.Repeat("0", 40))
	f.Fuzz(func(t *testing.T, s string) {
		d, err := release.ParseDigest(s)
		if err != nil {
			return
		}
		if n := len(d); n != len("git:")+40 && n != len("git:")+64 && n != len("sha256:")+64 {
			t.Errorf("%q reads as %q", s, d)
		}
	})
}

// Any text in an error's message is what the caller formatted: it never grows arguments of its own.
func TestAdviseKeepsPercentSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if got := release.Errorf(release.Usage, "%s", s).Advise("%s", s); got.Message != s || got.Try != s {
			t.Errorf("%q became %q, %q", s, got.Message, got.Try)
		}
	})
}
