package gitlab_test

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/gitlab"
	"signalbox/release"
	"signalbox/release/fact"
)

const (
	token    = "a secret token of GitLab"
	delivery = "a5461c4d-9c7f-4af9-add6-cddebe3c426f"
	uuid     = "13792a34-cac6-4fda-95a8-c58e00a3954e"
)

var signing = "whsec_" + base64.StdEncoding.EncodeToString([]byte("thirty-two bytes of signing key."))

func receiver(t testing.TB, secrets ...string) *gitlab.Receiver {
	t.Helper()
	c := gitlab.Config{Name: "forge", Now: func() time.Time { return arrived }}
	for _, s := range secrets {
		c.Secrets = append(c.Secrets, []byte(s))
	}
	r, err := gitlab.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// headers are those of a true delivery, some replaced; they are asked for in any letter case.
func headers(replaced ...string) func(string) string {
	h := map[string]string{"x-gitlab-token": token, "idempotency-key": delivery, "x-gitlab-event-uuid": uuid, "x-gitlab-event": "Deployment Hook"}
	for i := 0; i < len(replaced); i += 2 {
		h[strings.ToLower(replaced[i])] = replaced[i+1]
	}
	return func(name string) string { return h[strings.ToLower(name)] }
}

// signed are the headers of a hook with a signing token alone, some replaced.
func signed(t testing.TB, secret string, at time.Time, body []byte, replaced ...string) func(string) string {
	t.Helper()
	key, err := connectors.WebhookKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return headers(append([]string{"X-Gitlab-Token", "", "webhook-id", delivery, "webhook-timestamp", strconv.FormatInt(at.Unix(), 10),
		"webhook-signature", connectors.SignWebhook([][]byte{key}, delivery, at, body)}, replaced...)...)
}

func TestAuthenticate(t *testing.T) {
	body := payloads(t)["deployment"]
	r := receiver(t, token, signing)
	byToken := receiver(t, token)
	for name, c := range map[string]struct {
		receiver *gitlab.Receiver
		header   func(string) string
		body     []byte
		code     release.Code
		id       string // where it is taken
	}{
		"token":                 {r, headers(), body, "", delivery},
		"signature":             {r, signed(t, signing, arrived, body), body, "", delivery},
		"signed four min ago":   {r, signed(t, signing, arrived.Add(-4*time.Minute), body), body, "", delivery},
		"both":                  {r, signed(t, signing, arrived, body, "X-Gitlab-Token", token), body, "", delivery},
		"both, one known":       {byToken, signed(t, signing, arrived, body, "X-Gitlab-Token", token), body, "", delivery},
		"unsigned id":           {r, signed(t, signing, arrived, body, "Idempotency-Key", "another"), body, "", delivery},
		"before 17.4":           {r, headers("Idempotency-Key", ""), body, "", uuid + ":"},
		"no token":              {r, headers("X-Gitlab-Token", ""), body, release.Unauthenticated, ""},
		"nothing at all":        {r, func(string) string { return "" }, body, release.Unauthenticated, ""},
		"another token":         {r, headers("X-Gitlab-Token", strings.ToUpper(token)), body, release.Unauthenticated, ""},
		"truncated token":       {r, headers("X-Gitlab-Token", token[:len(token)-1]), body, release.Unauthenticated, ""},
		"longer token":          {r, headers("X-Gitlab-Token", token+"x"), body, release.Unauthenticated, ""},
		"token of another":      {receiver(t, signing), headers(), body, release.Unauthenticated, ""},
		"signed six min ago":    {r, signed(t, signing, arrived.Add(-6*time.Minute), body), body, release.Unauthenticated, ""},
		"signed ahead":          {r, signed(t, signing, arrived.Add(6*time.Minute), body), body, release.Unauthenticated, ""},
		"another body":          {r, signed(t, signing, arrived, body), append([]byte(" "), body...), release.Unauthenticated, ""},
		"another id":            {r, signed(t, signing, arrived, body, "webhook-id", "x"), body, release.Unauthenticated, ""},
		"another key":           {r, signed(t, "whsec_"+base64.StdEncoding.EncodeToString([]byte("another")), arrived, body), body, release.Unauthenticated, ""},
		"no delivery":           {r, headers("Idempotency-Key", "", "X-Gitlab-Event-UUID", ""), body, release.Usage, ""},
		"delivery with a line":  {r, headers("Idempotency-Key", "a\nb"), body, release.Usage, ""},
		"delivery too long":     {r, headers("Idempotency-Key", strings.Repeat("a", 129)), body, release.Usage, ""},
		"no event":              {r, headers("X-Gitlab-Event", ""), body, release.Usage, ""},
		"event with a path":     {r, headers("X-Gitlab-Event", "../Push Hook"), body, release.Usage, ""},
		"stranger without more": {r, func(n string) string { return map[string]string{"X-Gitlab-Token": "x"}[n] }, body, release.Unauthenticated, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := c.receiver.Authenticate(c.header, c.body)
			if release.CodeOf(err) != c.code {
				t.Fatalf("got %+v and %v, want %q", d, err, c.code)
			}
			if err != nil {
				if d.ID != "" || d.Event != "" || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), signing) {
					t.Errorf("got %+v beside %v", d, err)
				}
				return
			}
			if !strings.HasPrefix(d.ID, c.id) || d.Event != "Deployment Hook" || d.Sum != "" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// TestSharedUUID: before GitLab 17.4 the events of one request have one UUID and are several; the same event
// sent again is one.
func TestSharedUUID(t *testing.T) {
	r, h := receiver(t, token), headers("Idempotency-Key", "")
	a, _ := r.Authenticate(h, payloads(t)["push"])
	b, _ := r.Authenticate(h, payloads(t)["pipeline"])
	again, err := r.Authenticate(h, payloads(t)["push"])
	if err != nil || a.ID == b.ID || a.ID != again.ID {
		t.Errorf("%v: %q %q %q", err, a.ID, b.ID, again.ID)
	}
}

func TestNew(t *testing.T) {
	now := func() time.Time { return arrived }
	one := [][]byte{[]byte("a")}
	for name, c := range map[string]gitlab.Config{
		"no secret":     {Now: now},
		"empty secret":  {Now: now, Secrets: [][]byte{{}}},
		"one empty":     {Now: now, Secrets: [][]byte{[]byte("a"), nil}},
		"three secrets": {Now: now, Secrets: [][]byte{[]byte("a"), []byte("b"), []byte("c")}},
		"half a key":    {Now: now, Secrets: [][]byte{[]byte("whsec_!")}},
		"a path":        {Now: now, Name: "../x", Secrets: one},
		"upper case":    {Now: now, Name: "GitLab", Secrets: one},
		"no project":    {Now: now, Secrets: one, Map: map[string]string{"shop": "checkout"}},
	} {
		if r, err := gitlab.New(c); r != nil || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
	if r, err := gitlab.New(gitlab.Config{Secrets: one}); r != nil || release.CodeOf(err) != release.Internal {
		t.Errorf("without a clock: %v %v", r, err)
	}
	secret := []byte(token)
	r, err := gitlab.New(gitlab.Config{Secrets: [][]byte{secret}, Bots: []string{" User1 "}, Now: now,
		Map: map[string]string{"Root/Test-Deployment-Webhooks": "Checkout"}})
	if err != nil || r.Name() != "gitlab" {
		t.Fatal(r, err)
	}
	secret[0] = 'x' // the receiver keeps its own copy
	body := payloads(t)["deployment"]
	d, err := r.Authenticate(headers(), body)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.Map(d, body, arrived)
	if err != nil || len(facts) != 1 {
		t.Fatal(facts, err)
	}
	if s := facts[0].(fact.DeployStatus); !s.By[0].Bot || s.Mapped != "checkout" {
		t.Errorf("got %+v", s)
	}
}
