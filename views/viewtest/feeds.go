package viewtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/verb"
)

// since is when the company's signalbox began to expect its feeds.
var since = Noon.Add(-time.Hour)

// Feeds is the panel of all feeds.
func (c *Company) Feeds(context.Context) (*feed.Panel, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	p := &feed.Panel{AsOf: c.At, Since: since, Lines: slices.Clone(c.Lines)}
	for k := range p.Lines {
		p.Lines[k].Aspect = p.Lines[k].Status.Aspect(c.At, since)
	}
	return p, nil
}

// letter is the answer of feeds log about a dead letter or a message.
func (c *Company) letter(id string) (verb.Answer, error) {
	if c.Down != nil {
		return verb.Answer{}, c.Down
	}
	for _, l := range c.Lines {
		for _, d := range l.Letters {
			if d.ID == id {
				if err := access.Authorise(c.Person(), access.Connectors, access.Target{}, c.At); err != nil {
					return verb.Answer{}, err
				}
				head := []string{d.ID + " of " + d.Feed, "reason " + d.Reason, ""}
				return verb.Answer{Lines: append(head, strings.Split(release.CleanBlock(string(d.Body), 0), "\n")...)}, nil
			}
		}
		for _, m := range l.Messages {
			if m.ID == id {
				return verb.Answer{Lines: []string{m.ID + " to " + m.Target, "", string(m.Body)}}, nil
			}
		}
	}
	return verb.Answer{}, release.Errorf(release.NotFound, "there is no %s", id)
}

// Line is a feed of the panel by its name.
func (c *Company) Line(name string) *feed.Line {
	for k := range c.Lines {
		if c.Lines[k].Name == name {
			return &c.Lines[k]
		}
	}
	panic(name)
}

// Wired is the company with nine feeds: one dark, one late, two that could not carry everything, two that go
// out. a.kim looks after them.
func Wired() *Company {
	c := Quiet()
	c.Who = "a.kim"
	ago := func(d time.Duration) time.Time { return Noon.Add(-d) }
	line := func(name, kind string, k feed.Kind, every, age time.Duration, perHour int64, resting string) feed.Line {
		l := feed.Line{Status: feed.Status{Name: name, Type: kind, Kind: k, ExpectEvery: every, LastGood: ago(age), Accepted: perHour * 20},
			PerHour: perHour, Resting: resting}
		for n := range 72 {
			at := Noon.Truncate(feed.BucketLength).Add(time.Duration(n-71) * feed.BucketLength)
			if at.After(l.LastGood) {
				break
			}
			l.Buckets = append(l.Buckets, feed.Bucket{At: at, Accepted: perHour/12 + int64(n%5), Took: time.Duration(180+40*(n%7)) * time.Millisecond})
		}
		if k == feed.Pull {
			l.NextAt = l.LastGood.Add(every)
			l.Log = []feed.Exchange{{At: ago(age), Sign: feed.Good, Text: fmt.Sprintf("%d read, %d accepted, 0 refused", perHour/60, perHour/60), Took: 320 * time.Millisecond}}
		}
		return l
	}

	prom := line("prometheus", "prometheus", feed.Pull, time.Minute, 6*time.Minute+2*time.Second, 412, "3 changes 14 services")
	prom.Cursor, prom.Tries, prom.Class, prom.FailingSince = "1764", 12, feed.Retry, ago(6*time.Minute+2*time.Second-time.Minute)
	prom.LastError, prom.LastErrorAt, prom.NextAt = "no answer from prometheus in 10s", ago(39*time.Second), Noon.Add(28*time.Second)
	prom.Log = []feed.Exchange{
		{At: ago(39 * time.Second), Sign: feed.Tried, Text: "try 12: no answer from prometheus in 10s", Took: 10 * time.Second},
		{At: ago(110 * time.Second), Sign: feed.Tried, Text: "try 11: no answer from prometheus in 10s", Took: 10 * time.Second},
		{At: ago(3 * time.Minute), Sign: feed.Fell, Text: "more than 3m without an answer, 17 objects marked ○"},
		{At: ago(5 * time.Minute), Sign: feed.Tried, Text: "try 1: no answer from prometheus in 10s", Took: 10 * time.Second},
		{At: ago(6*time.Minute + 2*time.Second), Sign: feed.Good, Text: "14 read, 14 accepted, 0 refused", Took: 640 * time.Millisecond},
	}
	prom.Rests = []feed.Rest{
		{Kind: "change", ID: "CHG-4182", Text: "payments-api 4.12.0 to production", Aspect: release.Dark, Gate: "freshness"},
		{Kind: "change", ID: "CHG-4193", Text: "identity 9.3.1 to production", Aspect: release.Dark, Gate: "freshness"},
		{Kind: "change", ID: "CHG-4211", Text: "checkout-web 2026.47.2 to production", Aspect: release.Dark, Gate: "freshness"},
	}
	for _, s := range []string{"checkout-web", "identity", "payments-api", "search"} {
		prom.Rests = append(prom.Rests, feed.Rest{Kind: "service", ID: s, Aspect: release.Dark})
	}

	cal := line("retail-calendar", "icalendar", feed.Pull, 10*time.Minute, 12*time.Minute, 84, "6 calendar entries")
	cal.Cursor, cal.Rests = "", nil

	hub := line("github", "github", feed.Push, 0, 2*time.Second, 138, "8 changes 5 services")
	hub.Refused, hub.Dead, hub.LastError, hub.LastErrorAt = 3, 2, "issues: the body is not a deployment", ago(24*time.Minute)
	hub.Buckets[70].Refused = 3
	hub.Rests = []feed.Rest{{Kind: "change", ID: "CHG-4190", Text: "checkout-web 2026.47.1 to production", Aspect: release.Go}, {Kind: "service", ID: "checkout-web", Aspect: release.Go}}
	hub.Letters = []feed.Letter{
		{ID: "DL-12", Feed: "github", Delivery: "7f3a1c0e-aa11-11ef-9d0b-2f1be7f0c001", Event: "deployment_status", Reason: "field \"environment\" is missing", At: ago(24 * time.Minute), Seen: 2,
			Body: []byte("{\"deployment_status\": {\n  \"state\": \"success\"\n}}"), Size: 1204, State: feed.Kept},
		{ID: "DL-9", Feed: "github", Delivery: "11aa", Event: "workflow_run", Reason: "the body had 31 MB; no more than 25 are taken", At: ago(3 * time.Hour), Seen: 1, Size: 31_000_000, Truncated: true, State: feed.Kept},
	}
	hub.Log = []feed.Exchange{{At: ago(24 * time.Minute), Sign: feed.Died, Text: "DL-12 deployment_status: field \"environment\" is missing"},
		{At: ago(40 * time.Minute), Sign: feed.Turned, Text: "the signature does not fit the secret, from 203.0.113.7"}}

	alerts := line("alertmanager", "alertmanager", feed.Push, 5*time.Minute, 90*time.Second, 11, "2 services")
	alerts.Dead = 1
	alerts.Letters = []feed.Letter{{ID: "DL-11", Feed: "alertmanager", Delivery: "grp-1", Event: "alert", Reason: "label \"service\" names no service of the catalog: \"chekout\"", At: ago(55 * time.Minute), Seen: 1,
		Body: []byte("{}"), Size: 640, State: feed.Kept}}

	lab := line("gitlab", "gitlab", feed.Pull, 2*time.Minute, 31*time.Second, 9640, "1 service")
	lab.Log = slices.Insert(lab.Log, 0, feed.Exchange{At: ago(31 * time.Second), Sign: feed.Back, Text: "back, 14 read, 14 accepted, 0 refused", Took: 300 * time.Millisecond})

	hook := line("cab-webhook", "webhook", feed.Out, 0, 20*time.Minute, 7, "told of 4 kinds of events")
	body := func(event, subject string) json.RawMessage {
		return json.RawMessage(`{"event":"` + event + `","subject":"` + subject + `"}`)
	}
	hook.Messages = []outbox.Message{
		{ID: "OUT-31", Target: "cab-webhook", Event: "approve", Subject: "CHG-4182", Seq: 88207, Key: "msg_51c0", At: ago(2 * time.Minute), Body: body("approve", "CHG-4182"), State: outbox.Waiting, Attempts: 2, LastError: "503: try later", UpdatedAt: ago(time.Minute)},
		{ID: "OUT-29", Target: "cab-webhook", Event: "change.request", Subject: "CHG-4211", Seq: 88203, Key: "msg_49aa", At: ago(14 * time.Minute), Body: body("change.request", "CHG-4211"), State: outbox.Unknown, Attempts: 1, LastError: "the connection ended before the answer", UpdatedAt: ago(14 * time.Minute)},
		{ID: "OUT-22", Target: "cab-webhook", Event: "reject", Subject: "CHG-4188", Seq: 88201, Key: "msg_40b1", At: ago(44 * time.Minute), Body: body("reject", "CHG-4188"), State: outbox.Failed, Attempts: 9, LastError: "422: field \"summary\" is too long", UpdatedAt: ago(40 * time.Minute)},
	}
	mail := line("release-mail", "smtp", feed.Out, 0, 44*time.Minute, 2, "told of 2 kinds of events")

	events := line("cdevents", "cdevents", feed.Push, 0, 0, 0, "nothing yet")
	events.LastGood, events.Buckets = time.Time{}, nil

	c.Lines = []feed.Line{prom, cal, alerts, hook, hub, events, lab, mail, line("backstage", "backstage", feed.Pull, 10*time.Minute, 4*time.Minute, 720, "5 services")}
	c.Connected = nil
	for _, l := range c.Lines {
		c.Connected = append(c.Connected, l.Status)
	}
	return c
}

// SpoilFeeds replaces the texts of every feed by hostile ones.
func (c *Company) SpoilFeeds(t *rapid.T) {
	text := Hostile()
	for k := range c.Lines {
		l := &c.Lines[k]
		l.LastError, l.Resting, l.Type = text.Draw(t, "error"), text.Draw(t, "resting"), text.Draw(t, "type")
		l.Log = slices.Clone(l.Log)
		for n := range l.Log {
			l.Log[n].Text = text.Draw(t, "log")
		}
		for n := range l.Rests {
			l.Rests[n].Text, l.Rests[n].ID = text.Draw(t, "rest"), text.Draw(t, "id")
		}
		for n := range l.Letters {
			l.Letters[n].Reason, l.Letters[n].Event, l.Letters[n].Body = text.Draw(t, "reason"), text.Draw(t, "event"), []byte(text.Draw(t, "body"))
		}
		for n := range l.Messages {
			l.Messages[n].Event, l.Messages[n].LastError = text.Draw(t, "event"), text.Draw(t, "last")
		}
	}
	if n := rapid.IntRange(0, 40).Draw(t, "more"); n > 0 && len(c.Lines) > 0 {
		for k := range n {
			l := c.Lines[k%9]
			l.Name = fmt.Sprintf("%s-%d", text.Draw(t, "name"), k)
			c.Lines = append(c.Lines, l)
		}
	}
}
