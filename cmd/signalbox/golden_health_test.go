package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/prometheus"
	"signalbox/release"
	"signalbox/release/port"
)

// shop is what a Prometheus has measured of a few services: of checkout-web a new version fails since 11:05.
func shop(query string, at time.Time) map[[2]string]float64 {
	canary := time.Date(2026, 11, 24, 11, 5, 0, 0, time.UTC)
	values := map[string]map[[2]string]float64{
		"rate":   {{"checkout-web", "2026.47.0"}: 120, {"payments-api", "4.11.3"}: 50, {"search", "7.1.0"}: 8, {"identity", "9.3.0"}: 200, {"status-page", "3.0.9"}: 2},
		"errors": {{"checkout-web", "2026.47.0"}: 0.0006, {"payments-api", "4.11.3"}: 0.0006, {"search", "7.1.0"}: 0.002, {"identity", "9.3.0"}: 0.00003, {"status-page", "3.0.9"}: 0},
		"p50":    {{"checkout-web", "2026.47.0"}: 0.09, {"payments-api", "4.11.3"}: 0.12, {"search", "7.1.0"}: 0.2, {"identity", "9.3.0"}: 0.01, {"status-page", "3.0.9"}: 0.3},
		"p99":    {{"checkout-web", "2026.47.0"}: 0.412, {"payments-api", "4.11.3"}: 0.39, {"search", "7.1.0"}: 0.45, {"identity", "9.3.0"}: 0.06, {"status-page", "3.0.9"}: 0.9},
	}
	out := values[query]
	if out != nil && !at.Before(canary) {
		next := map[string]float64{"rate": 12, "errors": 0.17, "p50": 0.098, "p99": 0.455}
		out[[2]string{"checkout-web", "2026.47.1"}] = next[query]
		if query == "rate" {
			out[[2]string{"checkout-web", "2026.47.0"}] = 108
		}
	}
	return out
}

// answering is a server that answers queries over a grid of instants as a Prometheus does.
func answering(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := func(name string) float64 {
			v, _ := strconv.ParseFloat(r.FormValue(name), 64)
			return v
		}
		from, to, step := number("start"), number("end"), number("step")
		if !strings.HasSuffix(r.URL.Path, "query_range") {
			from, to, step = number("time"), number("time"), 1
		}
		series := map[[2]string][]string{}
		for at := from; at <= to; at += step {
			for about, v := range shop(r.FormValue("query"), time.Unix(int64(at), 0).UTC()) {
				series[about] = append(series[about], fmt.Sprintf(`[%d,"%g"]`, int64(at), v))
			}
		}
		kind, field := "matrix", "values"
		if from == to && !strings.HasSuffix(r.URL.Path, "query_range") {
			kind, field = "vector", "value"
		}
		var list []string
		for about, values := range series {
			text := "[" + strings.Join(values, ",") + "]"
			if kind == "vector" {
				text = values[0]
			}
			list = append(list, fmt.Sprintf(`{"metric":{"service":%q,"environment":"production","version":%q},%q:%s}`, about[0], about[1], field, text))
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[%s]}}`, kind, strings.Join(list, ","))
	}))
	t.Cleanup(s.Close)
	return s
}

const monitorConfig = `connectors:
  - {name: github, kind: github, expect_every: 20m, secret_file: hook}
  - {name: alerts, kind: alertmanager, secret_file: hook}
  - name: prom
    kind: prometheus
    url: %s
    interval: 10m
    allow_networks: [127.0.0.0/8]
    queries: {rate: rate, errors: errors, p50: p50, p95: p95, p99: p99}
  - {name: slo, kind: openslo, path: %s, map: {shop-frontend: checkout-web}}
`

// heard is what a connector read before: its readings are handed out again, each once its time has come. A real
// connection cannot be made in a bubble of time.
type heard struct {
	name string
	mu   sync.Mutex
	list []reading
}

type reading struct {
	at time.Time
	port.Pulled
}

func (h *heard) Name() string { return h.name }

func (h *heard) Pull(_ context.Context, cursor string, at time.Time) (port.Pulled, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := port.Pulled{Cursor: cursor, Unchanged: true}
	if len(h.list) == 0 && at.Sub(noon) > 10*time.Minute {
		return port.Pulled{}, release.Errorf(release.Unavailable, "no answer from prometheus in 10s")
	}
	for len(h.list) > 0 && !h.list[0].at.After(at) {
		r := h.list[0]
		h.list = h.list[1:]
		out.Facts, out.Cursor, out.Unchanged = append(out.Facts, r.Facts...), r.Cursor, false
		out.Read += r.Read
	}
	return out, nil
}

// listened has the Prometheus connector read the days before noon from a server.
func listened(t *testing.T, days int) *heard {
	t.Helper()
	server := answering(t)
	p, err := prometheus.New(prometheus.Config{Name: "prom", URL: server.URL, Interval: 10 * time.Minute, Outbound: connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		Queries: prometheus.Queries{Rate: "rate", Errors: "errors", P50: "p50", P95: "p95", P99: "p99"}})
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{name: "prom"}
	cursor := ""
	for at := noon.Add(-time.Duration(days) * 24 * time.Hour); ; at = at.Add(6 * time.Hour) {
		if at.After(noon) {
			at = noon
		}
		out, err := p.Pull(t.Context(), cursor, at)
		if err != nil {
			t.Fatal(err)
		}
		cursor = out.Cursor
		h.list = append(h.list, reading{at, out})
		if !at.Before(noon) {
			return h
		}
	}
}

// promised connects the monitor and the objectives of the example company, and reads both.
func (s *still) promised(h *heard, objectives string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "signalbox.yaml"), fmt.Appendf(nil, monitorConfig, "http://127.0.0.1:1", objectives), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cfg, err := (&options{}).settings(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := wiring(cfg, s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for k, p := range w.Pullers {
		if p.Name() == h.name {
			w.Pullers[k] = h
		}
	}
	if err := s.control.Rewire(s.t.Context(), w); err != nil {
		s.t.Fatal(err)
	}
	s.pullers = w.Pullers
	for _, p := range w.Pullers {
		s.control.PullOnce(s.t.Context(), p)
	}
	alerts := w.Receivers[1]
	body := []byte(`{"version":"4","groupKey":"{}","status":"firing","alerts":[{"status":"firing","fingerprint":"3fee4975ae110d19","startsAt":"2026-11-24T11:50:31Z",
		"endsAt":"0001-01-01T00:00:00Z","labels":{"alertname":"HighErrorRate","service":"checkout-web","environment":"production","severity":"page"},
		"annotations":{"summary":"5xx ratio 17% on 2026.47.1"}}]}`)
	d, err := alerts.Authenticate(func(name string) string { return map[string]string{"Authorization": "Bearer " + hookSecret}[name] }, body)
	if err != nil {
		s.t.Fatal(err)
	}
	facts, err := alerts.Map(d, body, s.now())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.control.Ingest(s.t.Context(), "alerts", d, facts); err != nil {
		s.t.Fatal(err)
	}
	s.watched()
}

// objectives is a copy of the objectives of the example company.
func objectives(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "testdata", "openslo", "example"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGoldenHealth: the Health screen of a store to which a monitor and the objectives of a company were
// connected, and what its silence changes.
func TestGoldenHealth(t *testing.T) {
	said, dir := listened(t, 17), objectives(t)
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.promised(said, dir)
		for _, size := range sizes {
			for _, m := range []struct {
				name string
				keys []string
			}{{"health", []string{"7"}}, {"health-payments", []string{"g", "h", "j", "-"}}, {"health-unknown", []string{"7", "]", "]"}}, {"health-bare", []string{"7", "\x1b[F"}}} {
				g := s.open("n.okafor", "dark", size.w, size.h)
				g.press(m.keys...)
				s.keep(m.name+"-"+size.name, g)
			}
		}
		s.until(24, "12:32:00")
		for _, p := range s.pullers { // the objectives are read again, the monitor does not answer
			s.control.PullOnce(t.Context(), p)
		}
		s.until(24, "12:35:00") // the monitor promised a word every ten minutes
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("7")
			s.keep("health-dark-"+size.name, g)
		}
	})
}

// TestGoldenHealthEmpty: nothing is connected and nothing is promised.
func TestGoldenHealthEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("7")
			s.keep("health-empty-"+size.name, g)
		}
	})
}

// TestOneFactOfHealth changes what one objective is called, in its file, under a session that looks: the cells
// that say so change, and no other.
func TestOneFactOfHealth(t *testing.T) {
	said, dir := listened(t, 1), objectives(t)
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.promised(said, dir)
		g := s.open("n.okafor", "dark", 120, 36)
		g.press("7")
		for !strings.Contains(g.cells().text(), "▌checkout-web") {
			g.press("j")
		}
		before := g.cells()
		file := filepath.Join(dir, "commerce.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), "Checkout answers", "Checkout replies", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		s.operator("feeds retry", "slo")
		for _, p := range s.pullers {
			s.control.PullOnce(t.Context(), p)
		}
		g.settle()
		after := g.cells()
		y, x := before.find("OBJECTIVE", "answers")
		if ay, ax := after.find("OBJECTIVE", "replies"); y < 0 || ay != y || ax != x {
			t.Fatalf("the title is not where it was:\n%s", after.text())
		}
		for _, d := range before.differs(after) {
			if ticker := len(before) - 2; d[0] != ticker && (d[0] != y || d[1] < x || d[1] >= x+len("answers")) {
				t.Errorf("row %d column %d changed from %q to %q", d[0]+1, d[1]+1, before[d[0]][d[1]].Content, after[d[0]][d[1]].Content)
			}
		}
	})
}
