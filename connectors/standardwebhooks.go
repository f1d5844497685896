package connectors

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
)

// SignatureAge is how far the signed timestamp of a message may lie from now, either way.
const SignatureAge = 5 * time.Minute

// WebhookKey returns the key of a secret in the form of Standard Webhooks: base64 after "whsec_", and the
// bytes themselves without that prefix.
func WebhookKey(secret []byte) ([]byte, error) {
	rest, ok := strings.CutPrefix(string(secret), "whsec_")
	if !ok {
		return secret, nil
	}
	key, err := base64.StdEncoding.DecodeString(rest)
	if err != nil || len(key) == 0 {
		return nil, release.Errorf(release.Usage, "the secret begins with whsec_ and is not base64 after it")
	}
	return key, nil
}

// SignWebhook returns the value of webhook-signature for a message (Standard Webhooks 1.0: HMAC-SHA256 over
// id, timestamp in seconds and body, joined by dots), by each of the keys.
func SignWebhook(keys [][]byte, id string, at time.Time, body []byte) string {
	signed := make([]string, len(keys))
	for i, key := range keys {
		signed[i] = "v1," + base64.StdEncoding.EncodeToString(webhookSum(key, id, strconv.FormatInt(at.Unix(), 10), body))
	}
	return strings.Join(signed, " ")
}

func webhookSum(key []byte, id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

var webhookID = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// VerifyWebhook verifies the headers webhook-id, webhook-timestamp and webhook-signature over the raw body,
// in constant time and with every key, and returns the id. The error is Unauthenticated.
func VerifyWebhook(keys [][]byte, header func(name string) string, body []byte, now time.Time) (id string, err error) {
	wrong := release.Errorf(release.Unauthenticated, "the signature of the message is missing or wrong").
		Advise("sign it as Standard Webhooks asks, with the secret of the connector")
	id, timestamp := header("webhook-id"), header("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || !webhookID.MatchString(id) || strings.Contains(id, ".") {
		return "", wrong
	}
	valid := false
	for sent := range strings.FieldsSeq(header("webhook-signature")) {
		digest, ok := strings.CutPrefix(sent, "v1,")
		got, err := base64.StdEncoding.DecodeString(digest)
		if !ok || err != nil {
			continue
		}
		for _, key := range keys {
			valid = hmac.Equal(webhookSum(key, id, timestamp, body), got) || valid
		}
	}
	if !valid {
		return "", wrong
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > SignatureAge || age < -SignatureAge {
		return "", release.Errorf(release.Unauthenticated, "the message was signed %s from now", age.Abs().Truncate(time.Second)).
			Advise("send it within 5 minutes of its timestamp, and set both clocks right")
	}
	return id, nil
}
