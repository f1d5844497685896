package httpserver

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/github"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

const goodBody = `{"version":"v1.2.3"}`

func TestDeliveryIsStoredOnce(t *testing.T) {
	at := time.Date(2026, 3, 8, 14, 0, 0, 0, time.FixedZone("", 3600))
	d := open(t, func(o *Options) { o.Now = func() time.Time { return at } })
	for i, want := range []string{`{"status":"stored"}`, `{"status":"repeat"}`, `{"status":"repeat"}`} {
		got := d.do(d.delivery("d-1", goodBody))
		expect(t, fmt.Sprintf("status of delivery %d", i), got.status, 200)
		expect(t, "body", strings.TrimSpace(got.body), want)
		always(t, got)
	}
	expect(t, "effects", d.service.effects["forge/d-1"], 1)
	expect(t, "facts", len(d.service.facts), 1)
	expect[fact.Fact](t, "fact", d.service.facts[0], fact.VersionKnown{Version: "v1.2.3", At: at.UTC()})
}

func TestUnprovenSenderIsTurnedAwayUnread(t *testing.T) {
	good := sign(hookSecret, []byte(goodBody))
	for name, signature := range map[string]string{
		"missing":        "",
		"wrong":          "sha256=" + strings.Repeat("0", 64),
		"truncated":      good[:len(good)-1],
		"half":           good[:len(good)/2],
		"scheme only":    "sha256=",
		"longer":         good + "00",
		"other secret":   sign("another", []byte(goodBody)),
		"other body":     sign(hookSecret, []byte(goodBody+" ")),
		"without scheme": good[len("sha256="):],
	} {
		t.Run(name, func(t *testing.T) {
			forge, err := github.New(github.Config{Secrets: [][]byte{[]byte(hookSecret)}})
			if err != nil {
				t.Fatal(err)
			}
			d := open(t, func(o *Options) { o.Receivers = append(o.Receivers, forge) })
			for _, path := range []string{"forge", "github"} {
				r := d.request("POST", "/v1/hooks/"+path, strings.NewReader(goodBody))
				for _, h := range []string{"X-Signature", "X-Hub-Signature-256"} {
					if signature != "" {
						r.Header.Set(h, signature)
					}
				}
				r.Header.Set("X-Delivery", "d-1")
				r.Header.Set("X-GitHub-Delivery", "0b989ba4-242f-11e5-81e1-c7b6966d2516")
				r.Header.Set("X-GitHub-Event", "deployment")
				got := d.do(r)
				expect(t, path+" status", got.status, 401)
				expect(t, path+" code", got.fault(t).Error.Code, release.Unauthenticated)
				expect(t, "challenge", got.header.Get("WWW-Authenticate"), `Bearer realm="signalbox"`)
				always(t, got)
			}
			expect(t, "bodies parsed", d.receiver.mapped.Load(), 0)
			effects, refused, dead := d.service.counts()
			expect(t, "effects", effects, 0)
			expect(t, "counted refusals", refused, 2)
			expect(t, "dead letters", dead, 0)
			if !strings.HasPrefix(d.service.refused[0], "forge: ") || !strings.HasPrefix(d.service.refused[1], "github: ") {
				t.Errorf("refusals were counted elsewhere: %q", d.service.refused)
			}
		})
	}
}

func TestGitHubDeliveryBecomesFacts(t *testing.T) {
	forge, err := github.New(github.Config{Secrets: [][]byte{[]byte(hookSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, func(o *Options) { o.Receivers = []port.Receiver{forge} })
	body := `{"action":"created","deployment":{"id":42,"sha":"a10867b14bb761a232cd80139fbd4c0d33264240","ref":"v1.2.3",
		"environment":"production","payload":{},"creator":{"login":"octocat","type":"User"},"created_at":"2026-03-08T14:00:00Z"},
		"repository":{"full_name":"Octo/Payments"},"sender":{"login":"octocat","type":"User"}}`
	r := d.request("POST", "/v1/hooks/github", strings.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", sign(hookSecret, []byte(body)))
	r.Header.Set("X-GitHub-Delivery", "0b989ba4-242f-11e5-81e1-c7b6966d2516")
	r.Header.Set("X-GitHub-Event", "deployment")
	expect(t, "status", d.do(r).status, 200)
	if len(d.service.facts) != 1 {
		t.Fatalf("facts: %+v", d.service.facts)
	}
	f, is := d.service.facts[0].(fact.DeployRequested)
	if !is || f.Repo != "octo/payments" || f.Environment != "production" || f.ExternalID != "42" {
		t.Errorf("fact: %+v", d.service.facts[0])
	}
}

func TestThereIsNoHook(t *testing.T) {
	mute := &receiver{name: "mute"}
	d := open(t, func(o *Options) { o.Receivers = append(o.Receivers, mute) })
	for _, name := range []string{"nobody", "", "forge/", "forge%2F", "FORGE", "../gate", "for%00ge"} {
		for _, method := range []string{"POST", "GET"} {
			got := d.do(d.request(method, "/v1/hooks/"+name, nil))
			expect(t, method+" "+name, got.status, 404)
			expect(t, "code", got.fault(t).Error.Code, release.NotFound)
		}
	}
	// Without a secret and without existence read the same.
	a, b := d.do(d.request("POST", "/v1/hooks/mute", nil)).body, d.do(d.request("POST", "/v1/hooks/numb", nil)).body
	expect(t, "answers", strings.ReplaceAll(a, "mute", "numb"), b)
	expect(t, "bodies parsed", mute.mapped.Load()+d.receiver.mapped.Load(), 0)
	if _, refused, _ := d.service.counts(); refused != 0 {
		t.Errorf("%d refusals were counted for hooks that are not there", refused)
	}
}

func TestHookTakesPostOnly(t *testing.T) {
	d := open(t, nil)
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
		got := d.do(d.request(method, "/v1/hooks/forge", nil))
		expect(t, method, got.status, 405)
		expect(t, "Allow", got.header.Get("Allow"), "POST")
	}
}

func TestOversizeIsRefused(t *testing.T) {
	const limit = 64 << 10
	d := open(t, func(o *Options) { o.Limits.Body = limit })
	pad := func(n int) string {
		return `{"version":"` + strings.Repeat("v", n-len(`{"version":""}`)) + `"}`
	}
	expect(t, "at the limit", d.do(d.delivery("full", pad(limit))).status, 200)
	for name, hide := range map[string]bool{"announced": false, "chunked": true} {
		r := d.delivery(name, pad(limit+1))
		if hide {
			r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(pad(limit+1)))), -1
		}
		got := d.do(r)
		expect(t, name, got.status, 413)
		expect(t, "code", got.fault(t).Error.Code, release.Usage)
		always(t, got)
	}
	// What is announced and too large is refused before a byte of it is sent.
	c := d.dial()
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprintf(c, "POST /v1/hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
	if line := readStatus(t, c); !strings.Contains(line, "413") {
		t.Errorf("answer to a huge announcement: %q", line)
	}
	effects, refused, _ := d.service.counts()
	expect(t, "effects", effects, 1)
	expect(t, "counted refusals", refused, 3)
	expect(t, "bodies parsed", d.receiver.mapped.Load(), 1)
	expect(t, "bytes still held", d.bodies.used, 0)
}

func TestEncodedBodyIsRefused(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 1 << 8 { // 16 MiB in some 16 KiB
		_, _ = z.Write(make([]byte, 64<<10))
	}
	_ = z.Close()
	d := open(t, nil)
	for _, encoding := range []string{"gzip", "GZIP", "deflate", "br", "identity, gzip"} {
		r := d.delivery("z-"+encoding, bomb.String())
		r.Header.Set("Content-Encoding", encoding)
		expect(t, encoding, d.do(r).status, 415)
	}
	plain := d.delivery("plain", goodBody)
	plain.Header.Set("Content-Encoding", "identity")
	expect(t, "identity", d.do(plain).status, 200)
	expect(t, "bodies parsed", d.receiver.mapped.Load(), 1)
	if _, refused, _ := d.service.counts(); refused != 5 {
		t.Errorf("refusals counted: %d", refused)
	}
}

func TestBodyThatIsNotUnderstoodIsADeadLetter(t *testing.T) {
	d := open(t, nil)
	for name, body := range map[string]string{
		"empty":    "",
		"broken":   `{"version":`,
		"words":    "deploy it, please",
		"bytes":    "\x00\xff\xfe",
		"too deep": strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"unclosed": strings.Repeat(`{"a":`, 100_000),
		"array":    `[1,2]`,
	} {
		got := d.do(d.delivery(name, body))
		expect(t, name, got.status, 400)
		expect(t, name+" code", got.fault(t).Error.Code, release.Usage)
	}
	form := d.delivery("form", "payload=%7B%7D")
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	expect(t, "form", d.do(form).status, 415)
	effects, refused, dead := d.service.counts()
	expect(t, "effects", effects, 0)
	expect(t, "refused", refused, 0)
	expect(t, "dead", dead, 8)
	// A dead letter takes no id: the sender may correct and send again.
	expect(t, "sent again", d.do(d.delivery("broken", goodBody)).status, 200)
}

func TestDeliveryWithoutIDIsRefused(t *testing.T) {
	d := open(t, nil)
	for _, id := range []string{"", strings.Repeat("x", 256)} {
		expect(t, "status", d.do(d.delivery(id, goodBody)).status, 400)
	}
	effects, refused, _ := d.service.counts()
	expect(t, "effects", effects, 0)
	expect(t, "refused", refused, 2)
}

func TestSenderIsAskedToComeAgain(t *testing.T) {
	d := open(t, nil)
	for name, c := range map[string]struct {
		err    error
		status int
		retry  string
	}{
		"locked":   {release.Errorf(release.Unavailable, "the store is locked"), 503, "10"},
		"too late": {fmt.Errorf("commit: %w", context.DeadlineExceeded), 503, "10"},
		"fault":    {errors.New("secret detail at row 7"), 500, ""},
	} {
		d.service.ingest = func(context.Context) error { return c.err }
		got := d.do(d.delivery(name, goodBody))
		expect(t, name, got.status, c.status)
		expect(t, "Retry-After", got.header.Get("Retry-After"), c.retry)
		if strings.Contains(got.body, "secret detail") {
			t.Errorf("the cause was shown to the sender: %s", got.body)
		}
	}
	d.service.ingest = nil
	expect(t, "afterwards", strings.TrimSpace(d.do(d.delivery("locked", goodBody)).body), `{"status":"stored"}`)
}

func TestSlowBodyIsCut(t *testing.T) {
	d := open(t, func(o *Options) { o.Limits.Read = 200 * time.Millisecond })
	c := d.dial()
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprintf(c, "POST /v1/hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
	if line := readStatus(t, c); !strings.Contains(line, "408") {
		t.Errorf("answer to a slow body: %q", line)
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("the connection was not closed in order: %v", err)
	}
	expect(t, "bodies parsed", d.receiver.mapped.Load(), 0)
	expect(t, "bytes still held", d.bodies.used, 0)
}

func TestHeadersThatNeverEndAreCut(t *testing.T) {
	d := open(t, func(o *Options) { o.Limits.ReadHeader = 200 * time.Millisecond })
	c := d.dial()
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprintf(c, "POST /v1/hooks/forge HTTP/1.1\r\nHost: x\r\nX-A: ")
	_ = c.SetReadDeadline(time.Now().Add(ceiling))
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("the connection stayed open: %v", err)
	}
}

func TestHeadersThatAreTooLargeAreRefused(t *testing.T) {
	d := open(t, nil)
	big := d.request("GET", "/v1/gate", nil)
	big.Header.Set("X-Big", strings.Repeat("x", 64<<10))
	expect(t, "status", d.do(big).status, 431)
}

func TestBodyThatBreaksOffIsCounted(t *testing.T) {
	d := open(t, nil)
	c := d.dial()
	_, _ = fmt.Fprintf(c, "POST /v1/hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
	_ = c.Close()
	eventually(t, "a counted refusal", func() bool { _, refused, _ := d.service.counts(); return refused == 1 })
	expect(t, "bodies parsed", d.receiver.mapped.Load(), 0)
	// A chunk whose length is no number.
	c = d.dial()
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprintf(c, "POST /v1/hooks/forge HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	if line := readStatus(t, c); !strings.Contains(line, "400") {
		t.Errorf("answer to a broken chunk: %q", line)
	}
}

func TestDeliveryIsFinishedThoughItsSenderLeft(t *testing.T) {
	d := open(t, nil)
	began, gone, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	d.service.ingest = func(ctx context.Context) error {
		close(began)
		<-gone
		ended <- ctx.Err()
		return nil
	}
	ctx, leave := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() {
		_, err := d.try(d.delivery("d-1", goodBody).WithContext(ctx))
		left <- err
	}()
	<-began
	leave()
	if err := <-left; err == nil {
		t.Fatal("the sender did not leave")
	}
	close(gone)
	if err := <-ended; err != nil {
		t.Errorf("the work was cut off: %v", err)
	}
	eventually(t, "the effect", func() bool { effects, _, _ := d.service.counts(); return effects == 1 })
}

func TestThousandDeliveriesFiveTimesAtOnce(t *testing.T) {
	d := open(t, func(o *Options) { o.Limits.HookRate = Rate{1e6, 10_000} })
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := map[string]int{}
	work := make(chan int)
	for range 40 {
		wg.Go(func() {
			for i := range work {
				got, err := d.try(d.delivery(fmt.Sprint("d-", i/5), fmt.Sprintf(`{"version":"v%d"}`, i/5)))
				mu.Lock()
				count[fmt.Sprint(got.status, " ", strings.TrimSpace(got.body), err)]++
				mu.Unlock()
			}
		})
	}
	for i := range 5_000 {
		work <- i
	}
	close(work)
	wg.Wait()
	expect(t, "effects", len(d.service.effects), 1_000)
	for k, n := range d.service.effects {
		expect(t, k, n, 1)
	}
	expect(t, "stored", count[`200 {"status":"stored"}<nil>`], 1_000)
	expect(t, "repeat", count[`200 {"status":"repeat"}<nil>`], 4_000)
	if t.Failed() {
		t.Logf("answers: %v", count)
	}
}

func TestTenThousandMalformedBodies(t *testing.T) {
	forge, err := github.New(github.Config{Secrets: [][]byte{[]byte(hookSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, func(o *Options) {
		o.Receivers = []port.Receiver{forge}
		o.Limits.HookRate, o.Limits.FailureRate = Rate{1e6, 20_000}, Rate{1e6, 20_000}
	})
	payload := `{"action":"created","deployment":{"id":42,"sha":"a10867b14bb761a232cd80139fbd4c0d33264240","created_at":"2026-03-08T14:00:00Z"},"repository":{"full_name":"a/b"}}`
	rnd := rand.New(rand.NewPCG(1, 2))
	malform := func(i int) string {
		switch i % 5 {
		case 0:
			return payload[:rnd.IntN(len(payload))]
		case 1:
			return strings.Repeat("[", 1+rnd.IntN(40_000))
		case 2:
			b := make([]byte, rnd.IntN(20_000))
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
			return "\x00" + string(b)
		case 3:
			return payload + payload
		}
		return payload[:20] + string(rune(rnd.IntN(0x10000))) + payload[20:rnd.IntN(100)+20]
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	for i := range 10_000 {
		body := malform(i)
		r := d.request("POST", "/v1/hooks/github", strings.NewReader(body))
		r.Header.Set("X-GitHub-Delivery", fmt.Sprintf("0b989ba4-242f-11e5-81e1-%012d", i))
		r.Header.Set("X-GitHub-Event", "deployment")
		want := 400
		if i%10 < 5 {
			r.Header.Set("X-Hub-Signature-256", sign(hookSecret, []byte(body)))
		} else {
			want = 401
		}
		if got := d.do(r); got.status != want {
			t.Fatalf("body %d got %d %s: %q", i, got.status, got.body, body)
		}
		if i%200 == 0 {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse)
		}
	}
	effects, refused, dead := d.service.counts()
	expect(t, "effects", effects, 0)
	expect(t, "refused", refused, 5_000)
	expect(t, "dead", dead, 5_000)
	if grown := int64(peak) - int64(before.HeapInuse); grown > 50<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	} else {
		t.Logf("the heap grew by %d KiB at most", grown>>10)
	}
}

func TestGuardIsTheConnectors(t *testing.T) {
	d := open(t, nil)
	nest := func(n int) string {
		return `{"version":"v","x":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
	}
	expect(t, "as deep as may be", d.do(d.delivery("a", nest(connectors.MaxDepth))).status, 200)
	expect(t, "one deeper", d.do(d.delivery("b", nest(connectors.MaxDepth+1))).status, 400)
	expect(t, "bodies parsed", d.receiver.mapped.Load(), 1)
}

func (d *door) dial() net.Conn {
	d.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.base, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(ceiling))
	return c
}

// readStatus reads the first line of an answer.
func readStatus(t *testing.T, c net.Conn) string {
	t.Helper()
	b := make([]byte, 64)
	n, err := io.ReadAtLeast(c, b, len("HTTP/1.1 200"))
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	line, _, _ := strings.Cut(string(b[:n]), "\r\n")
	return line
}

var _ http.Handler = (*Server)(nil)
