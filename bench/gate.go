package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/feed"
	"signalbox/release/gate"
)

// question is one subject with everything that the gates look at: a change of a tier 1 service with one of two
// approvals, thirty freezes, three feeds.
func question() gate.Input {
	const digest = release.Digest("git:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	c := change.Change{ID: "CHG-1", State: change.Requested, Kind: change.Normal, Service: "pay", Environment: "production", Version: "1", Digest: digest}
	var people []access.Person
	for _, id := range []access.PersonID{"ann", "ben", "cy"} {
		people = append(people, access.Person{ID: id, Identities: []access.Identity{{System: "github", Value: string(id)}},
			Grants: []access.Grant{{Person: id, Role: access.Approver, Scope: access.Org}}})
	}
	cat := catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "pay", Tier: 1, Team: "money", Regions: []string{"emea"}, From: "backstage:catalog"}}}, 1, instant)
	in := gate.Input{At: instant, Environments: catalog.DefaultEnvironments(), FeedsSince: instant.Add(-time.Hour), Admins: []string{"root"}, Coordinators: []string{"coordinator"},
		Subject: gate.Subject{Service: "pay", Environment: "prod", Digest: digest}}
	in.Service, _ = cat.Service("pay")
	in.Target = cat.Target("pay", "production")
	for i := range 30 {
		in.Freezes = append(in.Freezes, calendar.Freeze{ID: fmt.Sprintf("FRZ-%d", i+1), Kind: calendar.HardFreeze, Scope: access.Scope(fmt.Sprintf("team:other-%d", i)),
			Interval: calendar.Interval{From: instant.Add(-time.Hour), To: instant.Add(time.Hour)}, Reason: "peak weekend"})
	}
	for _, name := range []string{"github", "catalog", "alerts"} {
		in.Feeds = append(in.Feeds, feed.Status{Name: name, Type: name, Kind: feed.Push, ExpectEvery: time.Hour, LastGood: instant})
	}
	a := change.Ask(c, 1, 1, instant)
	if d, err := change.Decide(a, change.Decision{Person: "ben", Verdict: change.Approve, Reason: change.Reason{Text: "read it"}, At: instant, Door: access.SSH}); err == nil {
		a = d
	}
	i := change.NewItem(c, a, cat, evidence.Dossier{Commit: &evidence.Commit{Authors: []access.Identity{{System: "github", Value: "ann"}}}}, people, change.NewDirectory(people), nil, nil, instant)
	in.Item = &i
	return in
}

// facts are the same for the OPA server.
func facts() []byte {
	at := instant.Unix()
	freezes := []map[string]any{}
	for range 30 {
		freezes = append(freezes, map[string]any{"hard": true, "from": at - 7200, "to": at - 3600})
	}
	feeds := []map[string]any{}
	for range 3 {
		feeds = append(feeds, map[string]any{"expect": 3600, "last_good": at})
	}
	b, _ := json.Marshal(map[string]any{"input": map[string]any{"at": at, "environment": map[string]any{"known": true}, "service": map[string]any{"known": true},
		"freezes": freezes, "feeds": feeds, "needed": 2, "authors": []string{"ann"}, "approvers": []string{"ann", "ben", "cy"},
		"decisions": []map[string]any{{"person": "ben", "verdict": "approve"}}}})
	return b
}

// paced sends requests at a rate, each at its time whether or not the ones before have come back, and returns
// how long each took from its time on.
func paced(ask func() (*http.Request, error), right []byte, rate int, window time.Duration) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, DialContext: (&net.Dialer{}).DialContext}, Timeout: 10 * time.Second}
	n := int(float64(rate) * window.Seconds())
	took := make([]time.Duration, n)
	errs := make(chan error, n)
	begun := time.Now().Add(50 * time.Millisecond)
	var wg sync.WaitGroup
	for i := range n {
		due := begun.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		wg.Go(func() {
			req, err := ask()
			if err != nil {
				errs <- err
				return
			}
			resp, err := client.Do(req)
			if err != nil {
				errs <- err
				return
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			took[i] = time.Since(due)
			if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(body, right) {
				errs <- fmt.Errorf("status %d: %.200s", resp.StatusCode, body)
			}
		})
	}
	wg.Wait()
	client.CloseIdleConnections()
	select {
	case err := <-errs:
		return nil, err
	default:
		return took[n/10:], nil // connections open during the first
	}
}

func gates(t *table, root string, e effort) error {
	head("The verdict of all gates")
	in := question()
	if got := gate.Evaluate(in).Verdict; got != gate.NeedsApproval {
		return fmt.Errorf("the verdict is %s", got)
	}
	const times = 20_000
	begun := time.Now()
	for range times {
		gate.Evaluate(in)
	}
	t.bound("in process, 30 freezes and 3 feeds", float64(time.Since(begun).Nanoseconds())/times/1000, "µs", 100)

	ours, err := start("serve", "ours", root, "0", "0", "0")
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("payments-api" + "4.12.0"))
	url := "http://" + ours.HTTP + "/v1/gate?service=payments-api&environment=production&digest=sha256:" + hex.EncodeToString(digest[:])
	a, err := paced(func() (*http.Request, error) {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+ours.Token)
		}
		return r, err
	}, []byte(`"needs_approval"`), 1000, e.window)
	ours.stop()
	if err != nil {
		return fmt.Errorf("ours: %w", err)
	}
	opa, err := start("serve", "opa")
	if err != nil {
		return err
	}
	body := facts()
	b, err := paced(func() (*http.Request, error) {
		r, err := http.NewRequest(http.MethodPost, "http://"+opa.HTTP+"/v1/data/gate/verdict", bytes.NewReader(body))
		if err == nil {
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		}
		return r, err
	}, []byte(`"needs_approval"`), 1000, e.window)
	opa.stop()
	if err != nil {
		return fmt.Errorf("opa: %w", err)
	}
	t.bound("over HTTP at 1,000 a second, from the store, p99", percentile(a, 99), "ms", 2)
	t.atMost("over HTTP at 1,000 a second, p99", percentile(a, 99), percentile(b, 99), "ms", "OPA, facts in the request", 1)
	t.note("over HTTP at 1,000 a second, p50", percentile(a, 50), "ms", percentile(b, 50), "OPA, facts in the request")
	return nil
}
