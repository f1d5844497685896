package connectors_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
)

func TestGuard(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"plain":            {`{"a":[1,2,{"b":null}]}`, ""},
		"at the limit":     {deep(64), ""},
		"one too deep":     {deep(65), "deeper than 64"},
		"ten thousand":     {deep(10_000), "deeper than 64"},
		"objects":          {strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), "deeper than 64"},
		"brackets in text": {`{"a":"` + strings.Repeat("[", 500) + `"}`, ""},
		"escaped quote":    {`{"a":"\"` + strings.Repeat("[", 500) + `"}`, ""},
		"escaped escape":   {`{"a":"\\","b":` + deep(64) + `}`, "deeper than 64"},
		"large":            {`"` + strings.Repeat("x", 2000) + `"`, "at most 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			err := connectors.Guard([]byte(c.body), 1000, 64)
			if c.want != "at most 1000" {
				err = connectors.Guard([]byte(c.body), 1<<20, 64)
			}
			wantFault(t, err, c.want)
		})
	}
}

func TestDecode(t *testing.T) {
	for body, want := range map[string]string{
		`{"n":1}`:                  "",
		` {"n":1} ` + "\n":         "",
		`{"n":1}{"n":2}`:           "goes on after",
		`{"n":1} x`:                "goes on after",
		`{"n":"x"}`:                "a text stands where n is read",
		`{"n":[1]}`:                "a list stands where n is read",
		`{"n":{}}`:                 "an object stands where n is read",
		`{"n":1.5}`:                "a number stands where n is read",
		`{"n":true}`:               "true or false stands where n is read",
		`[]`:                       "a list stands where another value is read",
		``:                         "ends too early",
		`{"n":1`:                   "ends too early",
		"{\"n\":1,\"s\":\"\xff\"}": "",
		`payload=%7B%7D`:           "is a form",
		`nonsense`:                 "not the JSON expected",
	} {
		var v struct {
			N int `json:"n"`
		}
		wantFault(t, connectors.Decode([]byte(body), &v), want)
	}
}

func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	var e *release.Error
	if !errors.As(err, &e) || e.Code != release.Usage || !strings.Contains(e.Error(), want) {
		t.Fatalf("got %v, want a usage error with %q", err, want)
	}
}

func TestAuthor(t *testing.T) {
	for _, c := range []struct {
		system, login, email, name string
		want                       string
		bot                        bool
	}{
		{"github", "Octocat", "o@example.com", "Octo", "github:octocat", false},
		{"github", "", "Octo@Example.com", "Octo", "email:octo@example.com", false},
		{"github", "", "583231+Octocat@users.noreply.github.com", "", "github:octocat", false},
		{"github", "", "octocat@users.noreply.github.com", "", "github:octocat", false},
		{"github", "", "49699333+dependabot[bot]@users.noreply.github.com", "", "github:dependabot[bot]", true},
		{"github", "renovate[bot]", "", "", "github:renovate[bot]", true},
		{"gitlab", "", "1234-tanuki@users.noreply.gitlab.com", "", "gitlab:tanuki", false},
		{"gitlab", "", "583231+octocat@users.noreply.github.com", "", "email:583231+octocat@users.noreply.github.com", false},
		{"github", "", "", "Jane Doe", "email:jane doe", false},
		{"github", "", "", "", "email:nobody", false},
		{"github", "\u202eevil\x1b[31m", "", "", "github:evil[31m", false},
	} {
		got := connectors.Author(c.system, c.login, c.email, c.name)
		if got.String() != c.want || got.Bot != c.bot {
			t.Errorf("Author(%q, %q, %q, %q) = %v bot=%v, want %s bot=%v", c.system, c.login, c.email, c.name, got, got.Bot, c.want, c.bot)
		}
	}
}

func TestCoAuthors(t *testing.T) {
	message := "Add limits\n\nText Co-authored-by: nobody <no@example.com>\n\nCo-Authored-By: Ann Lee <Ann@Example.com>\r\n" +
		"co-authored-by:Bo <12+bo-x@users.noreply.github.com>\n  Co-authored-by: C D\nSigned-off-by: X <x@example.com>"
	got := fmt.Sprint(connectors.CoAuthors("github", message))
	if want := "[email:ann@example.com github:bo-x email:c d]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDistinct(t *testing.T) {
	got := connectors.Distinct([]access.Identity{
		{System: "github", Value: "a"}, {System: "email", Value: "a"}, {System: "github", Value: "a", Bot: true},
	})
	if len(got) != 2 || !got[0].Bot || got[1].Bot {
		t.Errorf("got %v", got)
	}
}

func TestSlug(t *testing.T) {
	for s, want := range map[string]string{
		"Codertocat/Hello-World": "codertocat/hello-world",
		"group/sub/name":         "group/sub/name",
		"o/.github":              "o/.github",
		"name":                   "", "a//b": "", "a/..": "", "a/b c": "", "/a": "", "a/": "", "-a/b": "",
		"a/\u202eb": "", "https://github.com/a/b": "",
	} {
		got, ok := connectors.Slug(s)
		if got != want || ok != (want != "") {
			t.Errorf("Slug(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestCommitLinkRef(t *testing.T) {
	if got, ok := connectors.Commit(strings.Repeat("A", 40)); !ok || got != strings.Repeat("a", 40) {
		t.Errorf("upper case: %q %v", got, ok)
	}
	for _, s := range []string{"", "abc", strings.Repeat("0", 40), strings.Repeat("g", 40), strings.Repeat("a", 41)} {
		if _, ok := connectors.Commit(s); ok {
			t.Errorf("Commit(%q) passed", s)
		}
	}
	for _, a := range []string{"javascript:alert(1)", "file:///etc/passwd", "https://user:pw@example.com/", "https://", "https://a/\x1b[2J", "://"} {
		if got := connectors.Link(a); got != "" {
			t.Errorf("Link(%q) = %q", a, got)
		}
	}
	if got := connectors.Link("", "ftp://a/b", "https://example.com/x?y=1"); got != "https://example.com/x?y=1" {
		t.Errorf("got %q", got)
	}
	for ref, want := range map[string]string{"refs/tags/v1": "v1 true", "refs/heads/feature/x": "feature/x false", "main": "main false"} {
		name, tag := connectors.Ref(ref)
		if got := fmt.Sprint(name, " ", tag); got != want {
			t.Errorf("Ref(%q) = %s", ref, got)
		}
	}
}

func TestDocuments(t *testing.T) {
	file := "# a comment\na: 1\n---\n\nb: |\n  ---\n  text\n---\nc: [\n--- # four\nd: 4\n---\n---\ne: &x {f: *x}\n"
	var got []string
	for _, d := range connectors.Documents([]byte(file)) {
		switch {
		case d.Err != nil:
			got = append(got, fmt.Sprintf("%d fault", d.Line))
		default:
			got = append(got, fmt.Sprintf("%d %s", d.Line, d.Root.Content[0].Value))
		}
	}
	if want := "2 a|5 b|9 fault|11 d|13 fault"; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

// TestDocumentsBombs holds the texts that make a YAML reader spend memory, time or stack; each must end as
// a refusal.
func TestDocumentsBombs(t *testing.T) {
	aliases := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 20; i++ {
		aliases += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	for name, s := range map[string]string{
		"aliases":       aliases,
		"anchor itself": "a: &a [*a]",
		"flow":          strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"unclosed":      strings.Repeat("{a: ", 200_000),
		"dashes":        strings.Repeat("- ", 100_000),
		"large":         strings.Repeat("a: b\n", 300_000),
		"documents":     strings.Repeat("---\n", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			docs := connectors.Documents([]byte(s))
			if len(docs) != 1 || docs[0].Err == nil || docs[0].Root != nil {
				t.Fatalf("%d documents, first %+v", len(docs), docs)
			}
		})
	}
}
