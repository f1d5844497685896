package peertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Alertmanager starts an Alertmanager that tells webhookURL of alerts with token as bearer. It groups by
// alertname and service, tells at once, of changes within a second and again every two seconds.
func Alertmanager(t testing.TB, webhookURL, token string) *Peer {
	t.Helper()
	path := file(t, "alertmanager.yml", fmt.Sprintf(`global: {resolve_timeout: 1h}
route: {receiver: hook, group_by: [alertname, service], group_wait: 100ms, group_interval: 1s, repeat_interval: 2s}
receivers:
- name: hook
  webhook_configs:
  - url: %q
    send_resolved: true
    http_config: {authorization: {type: Bearer, credentials: %q}}
`, webhookURL, token))
	data := t.TempDir()
	return launch(t, "prometheus-alertmanager", "prometheus-alertmanager", func(address string) []string {
		return []string{"--config.file=" + path, "--storage.path=" + data, "--web.listen-address=" + address,
			"--cluster.listen-address=", "--log.level=warn"}
	})
}

// Alert is what Prometheus tells an Alertmanager. One whose EndsAt has passed is resolved.
type Alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     time.Time         `json:"startsAt,omitzero"`
	EndsAt       time.Time         `json:"endsAt,omitzero"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// Post tells an Alertmanager of alerts over its API v2.
func (p *Peer) Post(alerts ...Alert) {
	p.t.Helper()
	body, err := json.Marshal(alerts)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.Post(p.URL+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		p.t.Fatalf("the alertmanager answered %s\n%s", r.Status, p.log.tail())
	}
}
