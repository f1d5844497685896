package connectors_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// The vector of the reference libraries of Standard Webhooks (libraries/go/webhook_test.go: TestWebhookSign).
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func webhookKey(t testing.TB, secret string) []byte {
	t.Helper()
	key, err := connectors.WebhookKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSignWebhookVector(t *testing.T) {
	key := webhookKey(t, vectorSecret)
	if len(key) != 24 {
		t.Errorf("the key has %d bytes", len(key))
	}
	if got := connectors.SignWebhook([][]byte{key}, vectorID, time.Unix(vectorTime, 999), []byte(vectorBody)); got != vectorSignature {
		t.Errorf("got %s", got)
	}
	two := connectors.SignWebhook([][]byte{[]byte("new"), key}, vectorID, time.Unix(vectorTime, 0), []byte(vectorBody))
	if first, second, _ := strings.Cut(two, " "); !strings.HasPrefix(first, "v1,") || first == second || second != vectorSignature {
		t.Errorf("got %s", two)
	}
}

func TestVerifyWebhook(t *testing.T) {
	key, other := webhookKey(t, vectorSecret), []byte("another key")
	signed := time.Unix(vectorTime, 0)
	others := connectors.SignWebhook([][]byte{other}, vectorID, signed, []byte(vectorBody))
	at := func(d time.Duration) time.Time { return signed.Add(d) }
	for name, c := range map[string]struct {
		keys     [][]byte
		replaced map[string]string
		body     string
		now      time.Time
		valid    bool
	}{
		"vector":                {[][]byte{key}, nil, vectorBody, signed, true},
		"four minutes old":      {[][]byte{key}, nil, vectorBody, at(4 * time.Minute), true},
		"four minutes ahead":    {[][]byte{key}, nil, vectorBody, at(-4 * time.Minute), true},
		"five minutes old":      {[][]byte{key}, nil, vectorBody, at(5 * time.Minute), true},
		"a second more":         {[][]byte{key}, nil, vectorBody, at(5*time.Minute + time.Second), false},
		"six minutes old":       {[][]byte{key}, nil, vectorBody, at(6 * time.Minute), false},
		"six minutes ahead":     {[][]byte{key}, nil, vectorBody, at(-6 * time.Minute), false},
		"the second key":        {[][]byte{other, key}, nil, vectorBody, signed, true},
		"the first key":         {[][]byte{key, other}, nil, vectorBody, signed, true},
		"signed by two":         {[][]byte{key}, map[string]string{"webhook-signature": others + " " + vectorSignature}, vectorBody, signed, true},
		"another scheme beside": {[][]byte{key}, map[string]string{"webhook-signature": "v1a,AAAA " + vectorSignature}, vectorBody, signed, true},
		"no key":                {nil, nil, vectorBody, signed, false},
		"another key":           {[][]byte{other}, nil, vectorBody, signed, false},
		"another scheme":        {[][]byte{key}, map[string]string{"webhook-signature": "v2" + vectorSignature[2:]}, vectorBody, signed, false},
		"truncated":             {[][]byte{key}, map[string]string{"webhook-signature": vectorSignature[:len(vectorSignature)-5]}, vectorBody, signed, false},
		"cut to a block":        {[][]byte{key}, map[string]string{"webhook-signature": vectorSignature[:len(vectorSignature)-4]}, vectorBody, signed, false},
		"one letter off":        {[][]byte{key}, map[string]string{"webhook-signature": strings.Replace(vectorSignature, "g0", "h0", 1)}, vectorBody, signed, false},
		"no base64":             {[][]byte{key}, map[string]string{"webhook-signature": "v1,!"}, vectorBody, signed, false},
		"nothing after v1":      {[][]byte{key}, map[string]string{"webhook-signature": "v1,"}, vectorBody, signed, false},
		"no prefix":             {[][]byte{key}, map[string]string{"webhook-signature": vectorSignature[3:]}, vectorBody, signed, false},
		"no signature":          {[][]byte{key}, map[string]string{"webhook-signature": ""}, vectorBody, signed, false},
		"another id":            {[][]byte{key}, map[string]string{"webhook-id": "msg_x"}, vectorBody, signed, false},
		"no id":                 {[][]byte{key}, map[string]string{"webhook-id": ""}, vectorBody, signed, false},
		"another time":          {[][]byte{key}, map[string]string{"webhook-timestamp": strconv.Itoa(vectorTime + 1)}, vectorBody, signed, false},
		"no time":               {[][]byte{key}, map[string]string{"webhook-timestamp": ""}, vectorBody, signed, false},
		"time in words":         {[][]byte{key}, map[string]string{"webhook-timestamp": "now"}, vectorBody, signed, false},
		"another body":          {[][]byte{key}, nil, vectorBody + " ", signed, false},
		"no body":               {[][]byte{key}, nil, "", signed, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := map[string]string{"webhook-id": vectorID, "webhook-timestamp": strconv.Itoa(vectorTime), "webhook-signature": vectorSignature}
			for k, v := range c.replaced {
				h[k] = v
			}
			id, err := connectors.VerifyWebhook(c.keys, func(name string) string { return h[name] }, []byte(c.body), c.now)
			if c.valid && (err != nil || id != vectorID) || !c.valid && (release.CodeOf(err) != release.Unauthenticated || id != "") {
				t.Errorf("got %q and %v", id, err)
			}
		})
	}
}

// TestDotsOfWebhooks: the parts of what is signed are joined by dots, so that an id that holds one could pass for
// another message.
func TestDotsOfWebhooks(t *testing.T) {
	key, at := []byte("key"), time.Unix(vectorTime, 0)
	signature := connectors.SignWebhook([][]byte{key}, "a.b", at, nil)
	h := map[string]string{"webhook-id": "a.b", "webhook-timestamp": strconv.Itoa(vectorTime), "webhook-signature": signature}
	if id, err := connectors.VerifyWebhook([][]byte{key}, func(n string) string { return h[n] }, nil, at); err == nil || id != "" {
		t.Errorf("got %q and %v", id, err)
	}
}

func TestWebhookKey(t *testing.T) {
	if got := webhookKey(t, "plain bytes"); string(got) != "plain bytes" {
		t.Errorf("got %q", got)
	}
	if got := webhookKey(t, "whsec_AAECAw=="); !bytes.Equal(got, []byte{0, 1, 2, 3}) {
		t.Errorf("got %v", got)
	}
	for _, s := range []string{"whsec_", "whsec_!", "whsec_AAE"} {
		if key, err := connectors.WebhookKey([]byte(s)); key != nil || release.CodeOf(err) != release.Usage || strings.Contains(err.Error(), "AAE") {
			t.Errorf("%s: %v %v", s, key, err)
		}
	}
}

// FuzzVerifyWebhook: whatever is sent, only the true signature passes.
func FuzzVerifyWebhook(f *testing.F) {
	f.Add(vectorID, strconv.Itoa(vectorTime), vectorSignature, []byte(vectorBody))
	f.Add("", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		h := map[string]string{"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
		key := webhookKey(t, vectorSecret)
		got, err := connectors.VerifyWebhook([][]byte{key}, func(n string) string { return h[n] }, body, time.Unix(vectorTime, 0))
		if err != nil {
			if release.CodeOf(err) != release.Unauthenticated || got != "" {
				t.Fatalf("%q %v", got, err)
			}
			return
		}
		at, err := strconv.ParseInt(timestamp, 10, 64)
		if err != nil || got != id || id != vectorID || at != vectorTime || string(body) != vectorBody {
			t.Fatalf("a message that nobody signed was taken: %q %q %q", id, timestamp, body)
		}
	})
}
