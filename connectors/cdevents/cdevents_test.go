package cdevents_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/cdevents"
	"signalbox/release"
	"signalbox/release/fact"
)

const secret = "a secret of the delivery pipeline"

var signing = "whsec_" + base64.StdEncoding.EncodeToString([]byte("thirty-two bytes of signing key."))

type set = map[string]any

// with decodes an event of the corpus, sets fields by path ("subject.content.artifactId"; nil takes one away) and
// encodes it again.
func with(t testing.TB, file string, fields set) []byte {
	t.Helper()
	var body set
	if err := json.Unmarshal(samples(t)[file], &body); err != nil {
		t.Fatal(err)
	}
	for path, v := range fields {
		at := body
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			if _, ok := at[p].(set); !ok {
				at[p] = set{}
			}
			at = at[p].(set)
		}
		if v == nil {
			delete(at, parts[len(parts)-1])
		} else {
			at[parts[len(parts)-1]] = v
		}
	}
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func receiver(t testing.TB, secrets ...string) *cdevents.Receiver {
	t.Helper()
	c := cdevents.Config{Name: "hook", Now: func() time.Time { return arrived }}
	for _, s := range secrets {
		c.Secrets = append(c.Secrets, []byte(s))
	}
	r, err := cdevents.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAuthenticate(t *testing.T) {
	body := samples(t)["service_deployed"]
	kind, source, id := said(t, body)
	binary := []string{"ce-specversion", "1.0", "ce-type", kind, "ce-source", source, "ce-id", id}
	bearer := func(v string) func(string) string { return carried(append(binary, "Authorization", v)...) }
	signed := func(by string, at time.Time, replaced ...string) func(string) string {
		key, err := connectors.WebhookKey([]byte(by))
		if err != nil {
			t.Fatal(err)
		}
		h := append([]string{"Authorization", "", "webhook-id", "msg_1", "webhook-timestamp", strconv.FormatInt(at.Unix(), 10),
			"webhook-signature", connectors.SignWebhook([][]byte{key}, "msg_1", at, body)}, binary...)
		return carried(append(h, replaced...)...)
	}
	for name, c := range map[string]struct {
		header func(string) string
		body   []byte
		code   release.Code
	}{
		"bearer":              {bearer("Bearer " + secret), body, ""},
		"bearer, small":       {bearer("bearer " + secret), body, ""},
		"signed":              {signed(signing, arrived), body, ""},
		"signed, plain key":   {signed(secret, arrived), body, ""},
		"four minutes ago":    {signed(signing, arrived.Add(-4*time.Minute)), body, ""},
		"four minutes ahead":  {signed(signing, arrived.Add(4*time.Minute)), body, ""},
		"six minutes ago":     {signed(signing, arrived.Add(-6*time.Minute)), body, release.Unauthenticated},
		"six minutes ahead":   {signed(signing, arrived.Add(6*time.Minute)), body, release.Unauthenticated},
		"another key":         {signed("guess", arrived), body, release.Unauthenticated},
		"another body":        {signed(signing, arrived), append([]byte(" "), body...), release.Unauthenticated},
		"another message":     {signed(signing, arrived, "webhook-id", "msg_2"), body, release.Unauthenticated},
		"another time":        {signed(signing, arrived, "webhook-timestamp", "1"), body, release.Unauthenticated},
		"broken beside token": {signed("guess", arrived, "Authorization", "Bearer "+secret), body, release.Unauthenticated},
		"nothing":             {func(string) string { return "" }, body, release.Unauthenticated},
		"no scheme":           {bearer(secret), body, release.Unauthenticated},
		"another scheme":      {bearer("Basic " + secret), body, release.Unauthenticated},
		"empty token":         {bearer("Bearer "), body, release.Unauthenticated},
		"truncated":           {bearer("Bearer " + secret[:len(secret)-1]), body, release.Unauthenticated},
		"longer":              {bearer("Bearer " + secret + "x"), body, release.Unauthenticated},
		"another letter case": {bearer("Bearer " + strings.ToUpper(secret)), body, release.Unauthenticated},
		"no event at all":     {carried("Authorization", "Bearer x"), nil, release.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := receiver(t, secret, signing).Authenticate(c.header, c.body)
			if release.CodeOf(err) != c.code {
				t.Fatalf("got %+v and %v, want %q", d, err, c.code)
			}
			if err != nil && (d.ID != "" || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), signing)) {
				t.Errorf("got %+v beside %v", d, err)
			}
			if err == nil && (d.ID != source+"#"+id || d.Event != kind || d.Sum != "") {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// TestIDs: a delivery's id is fit for a key, and no two events share one.
func TestIDs(t *testing.T) {
	seen := map[string]string{}
	for _, c := range [][2]string{{"/a", "b#c"}, {"/a#b", "c"}, {"/a", "b"}, {"/a", strings.Repeat("x", 300)}, {"/a" + strings.Repeat("x", 299), "x"},
		{"/a\u202e", "b"}, {"/a", "b\u202e"}, {"/a", "b c"}, {"/a", " b c"}} {
		m := modes(t, "com.example.x", c[0], c[1], "text/plain", []byte("hello"))["binary"]
		d, err := receiver(t, secret).Authenticate(m.header, m.body)
		if err != nil || len(d.ID) > 255 || release.Clean(d.ID, 0) != d.ID {
			t.Errorf("%q: %q %v", c, d.ID, err)
		}
		if before, ok := seen[d.ID]; ok {
			t.Errorf("%q and %q are both %q", c, before, d.ID)
		}
		seen[d.ID] = strings.Join(c[:], " ")
	}
}

func TestNew(t *testing.T) {
	now := func() time.Time { return arrived }
	one := [][]byte{[]byte("a")}
	for name, c := range map[string]cdevents.Config{
		"no secret":     {Now: now},
		"empty secret":  {Now: now, Secrets: [][]byte{{}}},
		"three secrets": {Now: now, Secrets: [][]byte{[]byte("a"), []byte("b"), []byte("c")}},
		"half a key":    {Now: now, Secrets: [][]byte{[]byte("whsec_!")}},
		"a path":        {Now: now, Name: "../x", Secrets: one},
	} {
		if r, err := cdevents.New(c); r != nil || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
	if r, err := cdevents.New(cdevents.Config{Secrets: one}); r != nil || release.CodeOf(err) != release.Internal {
		t.Errorf("without a clock: %v %v", r, err)
	}
	own := []byte(secret)
	r, err := cdevents.New(cdevents.Config{Secrets: [][]byte{own}, Now: now, Bots: []string{" Robot "}, Map: map[string]string{"MySubject123": "Checkout"}})
	if err != nil || r.Name() != "cdevents" {
		t.Fatal(r, err)
	}
	own[0] = 'x' // the receiver keeps its own copy
	body := with(t, "service_deployed", set{"customData": set{"by": "robot", "repository": "github.com/acme/x"}})
	kind, source, id := said(t, body)
	m := modes(t, kind, source, id, "application/json", body)["structured"]
	d, err := r.Authenticate(m.header, m.body)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.Map(d, m.body, arrived)
	if err != nil || len(facts) != 1 {
		t.Fatal(facts, err)
	}
	if s := facts[0].(fact.DeployStatus); s.Mapped != "checkout" || !s.By[0].Bot {
		t.Errorf("got %+v", s)
	}
}
