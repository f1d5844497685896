package control

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

const (
	panelLog     = 40            // lines of each feed's log
	panelLetters = 50            // dead letters and messages of each feed
	panelPast    = 6 * time.Hour // of the buckets
)

// Feeds returns the shared snapshot of all feeds.
func (c *Control) Feeds(ctx context.Context) (*feed.Panel, error) {
	return c.panel.get(ctx, c, panelTopics, c.buildPanel)
}

func (c *Control) buildPanel(ctx context.Context) (*feed.Panel, error) {
	at := c.now()
	p := &feed.Panel{AsOf: at, Since: c.wired().since, Lines: []feed.Line{}}
	err := c.judging(ctx, func(r port.Reader) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		buckets, err := r.Buckets(ctx, at.Add(-panelPast))
		if err != nil {
			return err
		}
		told, err := r.FeedServices(ctx)
		if err != nil {
			return err
		}
		open, err := r.ChangesIn(ctx, change.Requested, change.Authorised, change.Scheduled)
		if err != nil {
			return err
		}
		for _, f := range l.feeds {
			line := feed.Line{Status: f, Aspect: f.Aspect(at, p.Since), Buckets: orEmpty(buckets[f.Name])}
			for _, b := range line.Buckets {
				if b.At.After(at.Add(-time.Hour)) {
					line.PerHour += b.Accepted
				}
			}
			if line.Log, err = r.Exchanges(ctx, f.Name, panelLog); err != nil {
				return err
			}
			if line.Letters, err = r.Letters(ctx, f.Name, panelLetters); err != nil {
				return err
			}
			if line.Messages, err = r.Messages(ctx, f.Name, []outbox.State{outbox.Waiting, outbox.Sending, outbox.Unknown, outbox.Failed}, panelLetters); err != nil {
				return err
			}
			line.Log, line.Letters, line.Messages = orEmpty(line.Log), orEmpty(line.Letters), orEmpty(line.Messages)
			c.rests(l, &line, told[f.Name], open)
			p.Lines = append(p.Lines, line)
		}
		return nil
	})
	slices.SortStableFunc(p.Lines, func(a, b feed.Line) int {
		return cmp.Or(cmp.Compare(worst(a), worst(b)), cmp.Compare(a.Name, b.Name))
	})
	return p, err
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// worst is the place of a feed in a list: dark, late, with something that waits for a person, the rest.
func worst(l feed.Line) int {
	switch {
	case l.Aspect == feed.Dark:
		return 0
	case l.Aspect == feed.Late:
		return 1
	case l.Tries > 0 || len(l.Letters)+len(l.Messages) > 0:
		return 2
	}
	return 3
}

// rests says what rests on a feed: services that it tells of or whose sources are there, and the open
// changes of those in a gated environment.
func (c *Control) rests(l *loaded, line *feed.Line, told []string, open []change.Change) {
	line.Rests = []feed.Rest{}
	aspect := release.Go
	switch line.Aspect {
	case feed.Dark:
		aspect = release.Dark
	case feed.Late:
		aspect = release.Caution
	}
	services := map[string]bool{}
	for _, s := range told {
		services[s] = true
	}
	for _, s := range l.cat.Services {
		if _, ok := s.Repos[forgeOf[line.Type]]; ok {
			services[s.ID] = true
		}
	}
	changes := 0
	for _, ch := range open {
		if !services[ch.Service] || line.Kind == feed.Out {
			continue
		}
		changes++
		gate := ""
		if line.Aspect == feed.Dark {
			gate = "freshness"
		}
		line.Rests = append(line.Rests, feed.Rest{Kind: "change", ID: ch.ID, Text: ch.Name() + " to " + ch.Environment, Aspect: aspect, Gate: gate})
	}
	for _, s := range l.cat.Services {
		if services[s.ID] {
			line.Rests = append(line.Rests, feed.Rest{Kind: "service", ID: s.ID, Text: s.Title, Aspect: aspect})
		}
	}
	var words []string
	if changes > 0 {
		words = append(words, count(changes, "change"))
	}
	if len(services) > 0 {
		words = append(words, count(len(services), "service"))
	}
	if e := c.entriesOf(l, line.Name); e > 0 {
		words = append(words, count(e, "calendar entry"))
	}
	if line.Kind == feed.Out {
		words = []string{"told of " + count(c.eventsOf(line.Name), "kind") + " of events"}
	}
	if len(words) == 0 {
		words = []string{"nothing yet"}
	}
	line.Resting = strings.Join(words, " ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (c *Control) entriesOf(l *loaded, source string) int {
	n := 0
	for _, e := range l.entries {
		if e.Source == source {
			n++
		}
	}
	return n
}

func (c *Control) eventsOf(target string) int {
	for _, n := range c.wired().Notices {
		if n.Target == target {
			return len(n.Events)
		}
	}
	return 0
}
