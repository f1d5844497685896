package httpserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/gate"
)

const (
	sha    = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	asked  = `{"service":"payments","environment":"production","version":"v1.2.3","digest":"` + sha + `","at":"2026-03-08T15:00:00+01:00"}`
	asking = "/v1/gate?service=payments&environment=production&version=v1.2.3&digest=" + sha + "&at=2026-03-08T15:00:00%2B01:00"
)

func TestGateIsAskedByQueryOrBody(t *testing.T) {
	d := open(t, nil)
	want := gate.Subject{Service: "payments", Environment: "production", Version: "v1.2.3", Digest: sha}
	at := time.Date(2026, 3, 8, 14, 0, 0, 0, time.UTC)
	var bodies []string
	for _, r := range []*http.Request{d.question("GET", asking, ""), d.question("POST", "/v1/gate", asked)} {
		got := d.do(r)
		expect(t, r.Method, got.status, 200)
		always(t, got)
		var a gate.Answer
		if err := json.Unmarshal([]byte(got.body), &a); err != nil {
			t.Fatal(err)
		}
		expect(t, "subject", a.Subject, want)
		expect(t, "at", a.At.Equal(at), true)
		bodies = append(bodies, got.body)
	}
	expect(t, "both answers", bodies[0], bodies[1])
	expect(t, "zone of at", d.service.at[0].Location(), time.UTC)
	for k, v := range map[string]string{"subject": `{"service":"payments"`, "verdict": `"pass"`, "gates": `[]`, "environment": `"production"`} {
		if !strings.Contains(bodies[0], `"`+k+`":`+v) {
			t.Errorf("the answer has no %s: %s", k, bodies[0])
		}
	}
	// Without an instant, it is now: the zero time.
	expect(t, "now", d.do(d.question("GET", "/v1/gate?service=p&environment=e&digest="+sha+"&at=&version=", "")).status, 200)
	expect(t, "at", d.service.at[2].IsZero(), true)
	head := d.do(d.question("HEAD", asking, ""))
	expect(t, "HEAD", head.status, 200)
	expect(t, "body of HEAD", head.body, "")
}

func TestEveryVerdictIs200(t *testing.T) {
	d := open(t, nil)
	for _, v := range []gate.Verdict{gate.Pass, gate.Warn, gate.NeedsApproval, gate.Unknown, gate.Block} {
		d.service.answer = func(s gate.Subject) (gate.Answer, error) { return gate.Answer{Subject: s, Verdict: v}, nil }
		got := d.do(d.question("GET", asking, ""))
		expect(t, string(v), got.status, 200)
		if !strings.Contains(got.body, `"verdict":"`+string(v)+`"`) {
			t.Errorf("%s: %s", v, got.body)
		}
	}
}

func TestGateNeedsAToken(t *testing.T) {
	d := open(t, nil)
	for name, header := range map[string][]string{
		"none":        nil,
		"empty":       {""},
		"scheme only": {"Bearer"},
		"no secret":   {"Bearer "},
		"wrong":       {"Bearer sbx_gate_0123456789abcdee"},
		"truncated":   {"Bearer " + gateSecret[:len(gateSecret)-1]},
		"basic":       {"Basic " + gateSecret},
		"bare":        {gateSecret},
		"two blanks":  {"Bearer  " + gateSecret},
		"two headers": {"Bearer " + gateSecret, "Bearer " + gateSecret},
		"long":        {"Bearer " + strings.Repeat("x", 600)},
		"not ASCII":   {"Bearer sécret"},
	} {
		for _, method := range []string{"GET", "POST"} {
			path, body := asking, ""
			if method == "POST" {
				path, body = "/v1/gate", "{broken"
			}
			r := d.request(method, path, strings.NewReader(body))
			r.Header["Authorization"] = header
			got := d.do(r)
			expect(t, name+" "+method, got.status, 401)
			expect(t, "code", got.fault(t).Error.Code, release.Unauthenticated)
			expect(t, "challenge", got.header.Get("WWW-Authenticate"), `Bearer realm="signalbox"`)
			always(t, got)
		}
	}
	expect(t, "questions asked", len(d.service.asked), 0)
	lower := d.question("GET", asking, "")
	lower.Header.Set("Authorization", "bearer "+gateSecret)
	expect(t, "scheme in small letters", d.do(lower).status, 200)
	d.service.token = func() error {
		return release.Errorf(release.Refused, "the token ci is not for the gate").Advise("make one with --scope gate")
	}
	expect(t, "another scope", d.do(d.question("GET", asking, "")).status, 403)
	inQuery := d.request("GET", asking+"&token="+gateSecret, nil)
	expect(t, "in the query", d.do(inQuery).status, 401)
}

func TestGateErrors(t *testing.T) {
	d := open(t, nil)
	for code, status := range map[release.Code]int{release.Usage: 400, release.NotFound: 404, release.Refused: 403,
		release.Changed: 409, release.Unavailable: 503, release.Internal: 500} {
		d.service.answer = func(gate.Subject) (gate.Answer, error) {
			return gate.Answer{}, release.Errorf(code, "no").Advise("try")
		}
		got := d.do(d.question("GET", asking, ""))
		expect(t, string(code), got.status, status)
		expect(t, "body", strings.TrimSpace(got.body), `{"error":{"code":"`+string(code)+`","message":"no","try":"try"}}`)
	}
	d.service.answer = func(gate.Subject) (gate.Answer, error) { return gate.Answer{}, errors.New("row 7 of table x") }
	got := d.do(d.question("GET", asking, ""))
	expect(t, "fault", got.status, 500)
	if strings.Contains(got.body, "row 7") {
		t.Errorf("the cause was shown: %s", got.body)
	}
	d.service.token = func() error { return release.Errorf(release.Unavailable, "the store is locked") }
	got = d.do(d.question("GET", asking, ""))
	expect(t, "store away while the token is looked up", got.status, 503)
	expect(t, "Retry-After", got.header.Get("Retry-After"), "10")
}

func TestGateMethodsAndTypes(t *testing.T) {
	d := open(t, nil)
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
		got := d.do(d.question(method, asking, ""))
		expect(t, method, got.status, 405)
		expect(t, "Allow", got.header.Get("Allow"), "GET, HEAD, POST")
	}
	expect(t, "query in a POST", d.do(d.question("POST", asking, asked)).status, 400)
	expect(t, "body in a GET", d.do(d.question("GET", asking, asked)).status, 400)
	form := d.question("POST", "/v1/gate", "service=payments")
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	expect(t, "form", d.do(form).status, 415)
	zipped := d.question("POST", "/v1/gate", asked)
	zipped.Header.Set("Content-Encoding", "gzip")
	expect(t, "gzip", d.do(zipped).status, 415)
	expect(t, "too large", d.do(d.question("POST", "/v1/gate", asked+strings.Repeat(" ", maxQuestion))).status, 413)
	expect(t, "questions asked", len(d.service.asked), 0)
}

func TestQuestionsThatAreRefused(t *testing.T) {
	q := func(k, v string) string {
		values := url.Values{"service": {"p"}, "environment": {"e"}, "digest": {sha}}
		values.Set(k, v)
		return values.Encode()
	}
	for query, words := range map[string]string{
		"":                                     "does not say which service",
		"service=p&environment=e":              "does not say which digest",
		"service=p&digest=" + sha:              "does not say which environment",
		q("digest", "latest"):                  `"latest" is not a digest`,
		q("digest", sha+"0"):                   "is not a digest",
		q("digest", "git:abc"):                 "is not a digest",
		q("at", "tomorrow"):                    "at is not an instant",
		q("at", "2026-03-08T14:00:00"):         "at is not an instant",
		q("at", "0001-01-01T00:00:00Z"):        "at is not an instant",
		q("at", "9999-01-01T00:00:00Z"):        "at is not an instant",
		q("servce", "p"):                       `no field "servce"`,
		q("Service", "p"):                      `no field "Service"`,
		q("service", " p"):                     "not plain text",
		q("service", "p\x1b[31m"):              "not plain text",
		q("service", "p\u202e"):                "not plain text",
		q("version", "v\n1"):                   "not plain text",
		q("service", "\xff"):                   "not plain text",
		q("version", strings.Repeat("v", 301)): "longer than 300 bytes",
		q("at", "") + "&service=q":             `"service" is given twice`,
		"a=%zz":                                "does not parse",
		"service=p;environment=e":              "does not parse",
	} {
		_, err := parseQuery(query)
		if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %v, want %q", query, err, words)
		}
	}
	with := func(s string) string { return strings.Replace(asked, "{", "{"+s+",", 1) }
	for body, words := range map[string]string{
		"":                       "not a JSON object",
		"null":                   "not a JSON object",
		"[]":                     "not a JSON object",
		`"x"`:                    "not a JSON object",
		"{}":                     "does not say which service",
		asked + asked:            "something follows",
		asked + "x":              "something follows",
		asked[:len(asked)-1]:     "not a JSON object",
		with(`"Service":"x"`):    `no field "Service"`,
		with(`"servce":"x"`):     `no field "servce"`,
		with(`"service":"x"`):    `"service" is given twice`,
		with(`"change":"CHG-1"`): `no field "change"`,
		`{"service":1}`:          `"service" is not a string`,
		`{"service":null}`:       `"service" is not a string`,
		`{"service":{"a":1}}`:    `"service" is not a string`,
		`{"service":["a"]}`:      `"service" is not a string`,
		`{"service" "p"}`:        "not a string",
		`{service:"p"}`:          "not a JSON object",
		`{"service":"p",}`:       "not a JSON object",
		"{\"service\":\"\xff\"}": "not a JSON object",
		"\ufeff" + asked:         "not a JSON object",
		`{"service":"\u001b"}`:   "not plain text",
		`{"service":` + strings.Repeat("[", 5_000): "not a string",
	} {
		_, err := parseBody([]byte(body))
		if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %v, want %q", body, err, words)
		}
	}
}

func TestDigestIsCanonical(t *testing.T) {
	got, err := parseBody([]byte(`{"service":"p","environment":"e","digest":"GIT:A10867B14BB761A232CD80139FBD4C0D33264240"}`))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "digest", got.Subject.Digest, "git:a10867b14bb761a232cd80139fbd4c0d33264240")
}

// FuzzQuestion: whatever is sent, a question is whole and plain, or it is refused as Usage; and what a
// question says reads the same from a body and from a query.
func FuzzQuestion(f *testing.F) {
	f.Add(asked)
	f.Add(strings.TrimPrefix(asking, "/v1/gate?"))
	f.Add(`{"service":"p","environment":"e","digest":"git:a10867b14bb761a232cd80139fbd4c0d33264240","at":"2199-12-31T23:59:59-12:00"}`)
	f.Add(`{"a":{"b":[`)
	f.Add("service=%00&a=;")
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (question, error){
			parseQuery, func(s string) (question, error) { return parseBody([]byte(s)) }} {
			q, err := parse(s)
			if err != nil {
				if release.CodeOf(err) != release.Usage {
					t.Fatalf("%q: %v is not the caller's fault", s, err)
				}
				continue
			}
			u := q.Subject
			for _, v := range []string{u.Service, u.Environment, u.Version} {
				if release.Clean(v, 0) != v || len(v) > maxField {
					t.Fatalf("%q let %q through", s, v)
				}
			}
			if d, err := release.ParseDigest(string(u.Digest)); err != nil || d != u.Digest || u.Service == "" || u.Environment == "" {
				t.Fatalf("%q let half a question through: %+v", s, u)
			}
			said := map[string]string{"service": u.Service, "environment": u.Environment, "digest": string(u.Digest)}
			if u.Version != "" {
				said["version"] = u.Version
			}
			if !q.At.IsZero() {
				said["at"] = q.At.Format(time.RFC3339Nano)
			}
			values := url.Values{}
			for k, v := range said {
				values.Set(k, v)
			}
			body, err := json.Marshal(said)
			if err != nil {
				t.Fatal(err)
			}
			a, errA := parseBody(body)
			b, errB := parseQuery(values.Encode())
			if errA != nil || errB != nil || a != b || a.Subject != u || !a.At.Equal(q.At) {
				t.Fatalf("%q reads as %+v (%v) and %+v (%v), said %+v", s, a, errA, b, errB, q)
			}
		}
	})
}
