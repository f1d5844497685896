package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// monitor is a Prometheus as its HTTP API shows it: it measures two versions of status-page, of which the newer
// takes a tenth of the requests from 12:02:30 on and half of them from 12:09, and fails more of them. It stands
// outside of the bubble, and keeps no connection open: one that waits for the network holds the bubble's time.
type monitor struct {
	*httptest.Server
	down atomic.Bool
	most atomic.Int64 // the newer's share in percent in place of half, 0 for half
}

func newMonitor(t *testing.T) *monitor {
	m := &monitor{}
	m.Server = httptest.NewUnstartedServer(http.HandlerFunc(m.answer))
	m.Config.SetKeepAlivesEnabled(false)
	m.Start()
	t.Cleanup(m.Close)
	return m
}

func (m *monitor) answer(w http.ResponseWriter, r *http.Request) {
	if m.down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	instant := func(name string) time.Time {
		v, _ := strconv.ParseFloat(r.FormValue(name), 64)
		return time.UnixMilli(int64(v * 1000)).UTC()
	}
	query, kind := r.FormValue("query"), "vector"
	from, to, step := instant("time"), instant("time"), 30*time.Second
	if strings.HasSuffix(r.URL.Path, "query_range") {
		kind, from, to = "matrix", instant("start"), instant("end")
	}
	result := []map[string]any{}
	for _, version := range []string{"3.0.9", "3.1.0"} {
		var points [][2]any
		for at := from; !at.After(to); at = at.Add(step) {
			if v, ok := m.measure(query, version, at); ok {
				points = append(points, [2]any{float64(at.UnixMilli()) / 1000, strconv.FormatFloat(v, 'f', -1, 64)})
			}
		}
		if len(points) == 0 {
			continue
		}
		about := map[string]string{"service": "status-page", "environment": "production", "version": version}
		if kind == "vector" {
			result = append(result, map[string]any{"metric": about, "value": points[0]})
		} else {
			result = append(result, map[string]any{"metric": about, "values": points})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}})
}

// measure is the value of one of the connector's queries.
func (m *monitor) measure(query, version string, at time.Time) (float64, bool) {
	minute := func(h, m, s int) time.Time { return time.Date(2026, 11, 24, h, m, s, 0, time.UTC) }
	share := 0.0
	switch {
	case !at.Before(minute(12, 9, 0)):
		share = 0.5
		if most := m.most.Load(); most > 0 {
			share = float64(most) / 100
		}
	case !at.Before(minute(12, 2, 30)):
		share = 0.1
	}
	newer := version == "3.1.0"
	if newer && share == 0 {
		return 0, false
	}
	pick := func(old, new float64) (float64, bool) {
		if newer {
			return new, true
		}
		return old, true
	}
	wobble := 1 + float64(at.Unix()/30%3)/50
	switch {
	case strings.HasPrefix(query, "("):
		return pick(0.002, 0.004+0.0012*max(0, at.Sub(minute(12, 9, 0)).Minutes()))
	case strings.HasPrefix(query, "histogram_quantile(0.5,"):
		return pick(0.04*wobble, 0.042*wobble)
	case strings.HasPrefix(query, "histogram_quantile(0.95,"):
		return pick(0.18*wobble, 0.2*wobble)
	case strings.HasPrefix(query, "histogram_quantile(0.99,"):
		return pick(0.4*wobble, 0.46*wobble)
	}
	return pick(120*(1-share), 120*share)
}

// rolling is the house at 12:14:31 with the monitor connected: one rollout that does worse than the version
// before, one that goes in without approval, one that is done, and a change that waits to go.
func rolling(t *testing.T, m *monitor) (s *still, read func()) {
	t.Helper()
	s = busy(t, "one")
	text := `connectors:
  - {name: github, kind: github, expect_every: 20m, secret_file: hook}
  - {name: prom, kind: prometheus, url: '` + m.URL + `', interval: 30s, allow_networks: [127.0.0.0/8]}
`
	if err := os.WriteFile(filepath.Join(s.dir, "signalbox.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := (&options{}).settings(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wiring(cfg, s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.control.Rewire(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	read = func() {
		for _, p := range w.Pullers {
			s.control.PullOnce(t.Context(), p)
		}
	}
	read()
	s.until(24, "12:05:00")
	s.ships["identity"].status("in_progress")
	s.until(24, "12:05:30")
	s.as("n.okafor", "approve", "CHG-8", "message", "retries only, and easy to roll back")
	s.as("n.okafor", "approve", "CHG-4", "message", "the flag stays off, the load test passed")
	s.until(24, "12:06:00")
	s.ships["payments-api"].status("in_progress")
	s.until(24, "12:12:40")
	s.ships["payments-api"].status("success")
	s.until(24, "12:14:31")
	read()
	s.watched()
	return s, read
}

// TestGoldenRollouts: the rollouts of a store that was filled by the forge's webhook and a monitor's answers, and
// the same when the monitor is dark.
func TestGoldenRollouts(t *testing.T) {
	m := newMonitor(t)
	synctest.Test(t, func(t *testing.T) {
		s, _ := rolling(t, m)
		shots := []struct {
			name string
			keys []string
		}{{"rollouts", []string{"6"}}, {"rollouts-worse", []string{"6", "j"}}, {"rollouts-waiting", []string{"6", "j", "j"}}, {"rollout", []string{"6", "j", "\r"}}, {"rollout-unapproved", []string{"6", "\r"}}, {"rollout-done", []string{"6", "g", "e", "\r"}}}
		for _, size := range sizes {
			for _, shot := range shots {
				g := s.open("n.okafor", "dark", size.w, size.h)
				g.press(shot.keys...)
				s.keep(shot.name+"-"+size.name, g)
			}
		}
		for _, theme := range []string{"dark", "light", "mono"} {
			g := s.open("n.okafor", theme, 120, 36)
			g.press("6", "j", "\r")
			golden(t, "rollout-120x36-"+theme+".ansi", g.cells().ansi())
			g.end()
		}
		m.down.Store(true)
		s.until(24, "12:16:40")
		for _, size := range sizes {
			for _, shot := range shots[:4:4] {
				if shot.name == "rollouts" || shot.name == "rollout" {
					g := s.open("n.okafor", "dark", size.w, size.h)
					g.press(shot.keys...)
					s.keep(shot.name+"-dark-"+size.name, g)
				}
			}
		}
	})
}

func TestGoldenRolloutsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("6")
			s.keep("rollouts-empty-"+size.name, g)
		}
	})
}

// TestOneFactOfARollout: the approval of a change that moves without one changes the one cell of the list that
// says what it lacks, and a reading of the monitor the share.
func TestOneFactOfARollout(t *testing.T) {
	m := newMonitor(t)
	synctest.Test(t, func(t *testing.T) {
		s, read := rolling(t, m)
		g := s.open("k.sato", "dark", 80, 24)
		g.press("6", "j")
		before := g.cells()
		s.as("p.lind", "approve", "CHG-3", "message", "read the contract, the consumer was wrong")
		s.as("n.okafor", "approve", "CHG-3", "message", "agreed with the team of the consumer")
		g.settle()
		after := g.cells()
		y, x := before.find(" identity ", "not approved")
		if y < 0 {
			t.Fatalf("the row is not on\n%s", before.text())
		}
		if ay, ax := after.find(" identity ", "gate shut"); ay != y || ax != x {
			t.Errorf("it is not where it was:\n%s", after.text())
		}
		for _, d := range before.differs(after) {
			if d[0] > 1 && d[0] < 22 && (d[0] != y || d[1] < x || d[1] >= x+len("not approved")) {
				t.Errorf("row %d column %d changed from %q to %q", d[0]+1, d[1]+1, before[d[0]][d[1]].Content, after[d[0]][d[1]].Content)
			}
		}
		m.most.Store(80)
		s.until(24, "12:15:01")
		read()
		g.settle()
		if y, _ := g.cells().find(" status-page ", "80% obs"); y < 0 {
			t.Errorf("the share is not on\n%s", g.cells().text())
		}
		answer := s.as("k.sato", "rollout show", "RO-2")
		if got := fmt.Sprint(answer.Lines); !strings.Contains(got, "80% obs") || !strings.Contains(got, "worse z") {
			t.Errorf("the verb says %s", got)
		}
	})
}
