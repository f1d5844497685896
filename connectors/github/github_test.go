package github_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"signalbox/connectors/github"
	"signalbox/release"
	"signalbox/release/fact"
)

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func receiver(t testing.TB, secrets ...string) *github.Receiver {
	t.Helper()
	c := github.Config{Name: "forge"}
	for _, s := range secrets {
		c.Secrets = append(c.Secrets, []byte(s))
	}
	r, err := github.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const delivery = "72d3162e-cc78-11e3-81ab-4c9367dc0958"

// headers are those of a true delivery, some replaced.
func headers(signature string, replaced ...string) func(string) string {
	h := map[string]string{"X-Hub-Signature-256": signature, "X-GitHub-Delivery": delivery, "X-GitHub-Event": "deployment"}
	for i := 0; i < len(replaced); i += 2 {
		h[replaced[i]] = replaced[i+1]
	}
	return func(name string) string { return h[name] }
}

// TestKnownSignature is the example of GitHub's documentation ("Validating webhook deliveries").
func TestKnownSignature(t *testing.T) {
	r := receiver(t, "It's a Secret to Everybody")
	h := headers("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
	if _, err := r.Authenticate(h, []byte("Hello, World!")); err != nil {
		t.Fatal(err)
	}
}

func TestAuthenticate(t *testing.T) {
	body := payloads(t)["deployment"]["payload.json"]
	good := sign("new", body)
	old := hmac.New(sha1.New, []byte("new"))
	old.Write(body)
	sha1Header := "sha1=" + hex.EncodeToString(old.Sum(nil))

	r := receiver(t, "new", "old")
	for _, h := range []func(string) string{headers(good), headers(sign("old", body)), headers(strings.ToUpper(good[:0]) + "sha256=" + strings.ToUpper(good[7:]))} {
		d, err := r.Authenticate(h, body)
		if err != nil || d.ID != delivery || d.Event != "deployment" {
			t.Errorf("a true sender is refused: %+v %v", d, err)
		}
	}

	for name, c := range map[string]struct {
		header func(string) string
		body   []byte
		code   release.Code
	}{
		"no signature":       {headers(""), body, release.Unauthenticated},
		"nothing at all":     {func(string) string { return "" }, body, release.Unauthenticated},
		"another secret":     {headers(sign("guess", body)), body, release.Unauthenticated},
		"empty secret":       {headers(sign("", body)), body, release.Unauthenticated},
		"truncated":          {headers(good[:len(good)-2]), body, release.Unauthenticated},
		"one digit off":      {headers(good[:len(good)-1] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", good[len(good)-1])+1)%16])), body, release.Unauthenticated},
		"longer":             {headers(good + "00"), body, release.Unauthenticated},
		"not hex":            {headers("sha256=" + strings.Repeat("zz", 32)), body, release.Unauthenticated},
		"prefix only":        {headers("sha256="), body, release.Unauthenticated},
		"no prefix":          {headers(good[7:]), body, release.Unauthenticated},
		"sha1":               {headers(sha1Header), body, release.Unauthenticated},
		"sha1 where it was":  {headers("", "X-Hub-Signature", sha1Header), body, release.Unauthenticated},
		"another body":       {headers(good), append([]byte(" "), body...), release.Unauthenticated},
		"empty body":         {headers(good), nil, release.Unauthenticated},
		"no delivery":        {headers(good, "X-GitHub-Delivery", ""), body, release.Usage},
		"delivery with line": {headers(good, "X-GitHub-Delivery", "72d3162e\ncc78"), body, release.Usage},
		"delivery too long":  {headers(good, "X-GitHub-Delivery", strings.Repeat("a", 129)), body, release.Usage},
		"no event":           {headers(good, "X-GitHub-Event", ""), body, release.Usage},
		"event with path":    {headers(good, "X-GitHub-Event", "../deployment"), body, release.Usage},
		"forged and unnamed": {headers("", "X-GitHub-Delivery", ""), body, release.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := r.Authenticate(c.header, c.body)
			if release.CodeOf(err) != c.code || d.ID != "" || d.Event != "" {
				t.Errorf("got %+v and %v, want %s", d, err, c.code)
			}
		})
	}
}

func TestNew(t *testing.T) {
	for name, c := range map[string]github.Config{
		"no secret":     {},
		"empty secret":  {Secrets: [][]byte{{}}},
		"one empty":     {Secrets: [][]byte{[]byte("a"), nil}},
		"three secrets": {Secrets: [][]byte{[]byte("a"), []byte("b"), []byte("c")}},
		"a path":        {Name: "../x", Secrets: [][]byte{[]byte("a")}},
		"upper case":    {Name: "GitHub", Secrets: [][]byte{[]byte("a")}},
	} {
		if r, err := github.New(c); r != nil || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
	secret := []byte("s")
	r, err := github.New(github.Config{Secrets: [][]byte{secret}, Bots: []string{" Codertocat "}})
	if err != nil || r.Name() != "github" {
		t.Fatal(r, err)
	}
	body := payloads(t)["deployment"]["payload.json"]
	signature := sign("s", body)
	secret[0] = 'x' // the receiver keeps its own copy
	d, err := r.Authenticate(headers(signature), body)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.Map(d, body, arrived)
	if err != nil || len(facts) != 1 || !facts[0].(fact.DeployRequested).By[0].Bot {
		t.Errorf("got %v %v", facts, err)
	}
}
