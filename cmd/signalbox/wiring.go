package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"signalbox/cmd/signalbox/settings"
	"signalbox/connectors"
	"signalbox/connectors/alertmanager"
	"signalbox/connectors/backstage"
	"signalbox/connectors/cdevents"
	"signalbox/connectors/crontab"
	"signalbox/connectors/csv"
	"signalbox/connectors/endoflife"
	"signalbox/connectors/github"
	"signalbox/connectors/gitlab"
	"signalbox/connectors/icalendar"
	"signalbox/connectors/openslo"
	"signalbox/connectors/organisation"
	"signalbox/connectors/prometheus"
	"signalbox/connectors/schedule"
	"signalbox/connectors/smtp"
	"signalbox/connectors/statuspage"
	"signalbox/connectors/webhook"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// importers are the sources that a person reads from this machine's files.
func importers() map[string]control.Importer {
	return map[string]control.Importer{
		"backstage": func(path string, _ map[string][]string) (fact.Fact, error) { return backstage.Read(path) },
		"organisation": func(path string, _ map[string][]string) (fact.Fact, error) {
			return organisation.Read(path)
		},
		"openslo": func(path string, flags map[string][]string) (fact.Fact, error) {
			return openslo.Read(path, openslo.Options{Environment: last(flags["environment"])})
		},
		"csv": func(path string, flags map[string][]string) (fact.Fact, error) {
			return csv.Read(path, last(flags["what"]))
		},
		"icalendar": func(path string, flags map[string][]string) (fact.Fact, error) {
			scope, err := scoped(flags)
			if err != nil {
				return nil, err
			}
			return icalendar.Read(path, icalendar.Options{As: calendar.Kind(last(flags["as"])), Hardness: calendar.Hardness(last(flags["kind"])), Scope: scope, Zone: last(flags["zone"])})
		},
		"statuspage": func(path string, flags map[string][]string) (fact.Fact, error) {
			scope, err := scoped(flags)
			if err != nil {
				return nil, err
			}
			return statuspage.Import(path, statuspage.Options{Scope: scope})
		},
		"endoflife": func(path string, flags map[string][]string) (fact.Fact, error) {
			scope, err := scoped(flags)
			if err != nil {
				return nil, err
			}
			return endoflife.Import(path, endoflife.Options{Product: last(flags["product"]), Versions: flags["version"], Scope: scope})
		},
		"crontab": func(path string, flags map[string][]string) (fact.Fact, error) {
			scope, err := scoped(flags)
			if err != nil {
				return nil, err
			}
			o := crontab.Options{Zone: last(flags["zone"]), Scope: scope, System: last(flags["system"]) != ""}
			if text := last(flags["p95"]); text != "" {
				if o.P95, err = verb.ParseDuration(text); err != nil {
					return nil, err
				}
			}
			return crontab.Import(path, o)
		},
		"schedule": func(path string, flags map[string][]string) (fact.Fact, error) {
			scope, err := scoped(flags)
			if err != nil {
				return nil, err
			}
			return schedule.Import(path, schedule.Options{Project: last(flags["project"]), As: calendar.Kind(last(flags["as"])), Scope: scope})
		},
	}
}

// scoped is the scope of an import's flags, "" where there is none.
func scoped(flags map[string][]string) (access.Scope, error) {
	text := last(flags["scope"])
	if text == "" {
		return "", nil
	}
	return access.ParseScope(text)
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// reach says which connectors of a configuration a command makes. Of the others it knows the feed and what they
// are told of, and asks for no secret: those are in the environment of the service, not in that of a person
// who works on the machine.
type reach func(k settings.Connector) bool

func everything(settings.Connector) bool { return true }

func nothing(settings.Connector) bool { return false }

// only reaches the connector of one name.
func only(name string) reach {
	return func(k settings.Connector) bool { return k.Name == name }
}

// secretive reaches the push connectors whose secrets can be read here.
func secretive(k settings.Connector) bool {
	if k.Direction() != feed.Push {
		return false
	}
	secrets, err := k.Secrets(os.Getenv)
	return err == nil && len(secrets) > 0
}

// wiring makes all connectors of a configuration. Nothing is dialled. dir is where they may keep copies of what
// they fetch.
func wiring(c settings.Config, dir string) (control.Wiring, error) { return wired(c, dir, everything) }

// wired is wiring of those connectors that are within reach.
func wired(c settings.Config, dir string, r reach) (control.Wiring, error) {
	w := control.Wiring{Organisation: c.Organisation.Name, Address: c.Organisation.Address, Environments: c.Environments, Bots: c.Bots, Conflicts: c.Conflicts.Rules(), Unconfigured: c.Path == ""}
	if err := c.CheckEvents(control.Events()); err != nil {
		return w, err
	}
	w.Freezing = map[string]access.Scope{}
	var faults []settings.Fault
	for i, k := range c.Connectors {
		w.Feeds = append(w.Feeds, k.Feed())
		if scope, ok := freezes(k); ok {
			w.Freezing[k.Name] = scope
		}
		if k.Direction() == feed.Out {
			w.Notices = append(w.Notices, notice(k)) // what is decided here is told too: serve sends it
		}
		if !r(k) {
			continue
		}
		secrets, err := k.Secrets(os.Getenv)
		if err == nil {
			err = connect(&w, c, k, secrets, dir)
		}
		if err != nil { // all of them are told at once, with their places
			e := release.AsError(err)
			faults = append(faults, c.Fault(fmt.Sprintf("connectors[%d]", i), e.Message, e.Try))
		}
	}
	if len(faults) > 0 {
		return w, c.Refuse(faults...)
	}
	return w, organised(&w, c)
}

// freezes says whether freezes may come from a connector, and in which scope. A calendar that leaves it to each
// event may hold some, anywhere.
func freezes(k settings.Connector) (access.Scope, bool) {
	calendars := k.Kind == "icalendar" && (k.As == "" || k.As == calendar.FreezePeriod)
	if !calendars && !(k.Kind == "csv" && k.What == csv.Windows) {
		return "", false
	}
	if k.Scope == "" {
		return access.Org, true
	}
	return k.Scope, true
}

// notice says what a target is told of.
func notice(k settings.Connector) control.Notice {
	n := control.Notice{Target: k.Name, Events: k.Events, Scope: k.Scope}
	if len(n.Events) == 0 {
		n.Events = control.DefaultEvents
	}
	if n.Scope == "" {
		n.Scope = access.Org
	}
	return n
}

// organised reads the file that the configuration names under organisation as a connector of that name would.
func organised(w *control.Wiring, c settings.Config) error {
	if c.Organisation.File == "" {
		return nil
	}
	const name = "organisation"
	if slices.ContainsFunc(c.Connectors, func(k settings.Connector) bool { return k.Name == name }) {
		return c.Refuse(c.Fault("organisation.file", "the file is read by a connector called organisation, and there is another", "call the other one something else"))
	}
	p, err := organisation.New(organisation.Config{Name: name, Path: c.Organisation.File})
	if err != nil {
		return err
	}
	w.Pullers = append(w.Pullers, p)
	w.Feeds = append(w.Feeds, feed.Status{Name: name, Type: name, Kind: feed.Pull, ExpectEvery: 5 * time.Minute})
	return nil
}

// connect adds one connector. A push connector without a secret is left out: its hook answers 404.
func connect(w *control.Wiring, c settings.Config, k settings.Connector, secrets [][]byte, dir string) error {
	receive := func(r port.Receiver, err error) error {
		if err == nil {
			w.Receivers = append(w.Receivers, r)
		}
		return err
	}
	pull := func(p port.Puller, err error) error {
		if err == nil {
			w.Pullers = append(w.Pullers, p)
		}
		return err
	}
	send := func(s port.Sender, err error) error {
		if err == nil {
			w.Senders = append(w.Senders, s)
		}
		return err
	}
	switch k.Kind {
	case "github", "gitlab", "cdevents", "alertmanager":
		if len(secrets) == 0 {
			return nil
		}
	}
	switch k.Kind {
	case "github":
		return receive(github.New(github.Config{Name: k.Name, Secrets: secrets, Bots: c.Bots, Map: k.Map}))
	case "gitlab":
		return receive(gitlab.New(gitlab.Config{Name: k.Name, Secrets: secrets, Bots: c.Bots, Map: k.Map, Now: clock}))
	case "cdevents":
		return receive(cdevents.New(cdevents.Config{Name: k.Name, Secrets: secrets, Bots: c.Bots, Map: k.Map, Now: clock}))
	case "alertmanager":
		return receive(alertmanager.New(alertmanager.Config{Name: k.Name, Secrets: secrets,
			Labels: alertmanager.Labels{Service: k.Labels.Service, Environment: k.Labels.Environment}}))
	case "prometheus":
		return pull(prometheus.New(prometheus.Config{Name: k.Name, URL: k.URL, Interval: k.Interval, User: k.User, Secret: first(secrets), Outbound: k.Outbound(),
			Labels: prometheus.Labels(k.Labels), Environment: k.Environment,
			Metrics: prometheus.Metrics{Requests: k.Metrics.Requests, Latency: k.Metrics.Latency, Error: k.Metrics.Errors, Selector: k.Metrics.Selector, Window: k.Metrics.Window},
			Queries: prometheus.Queries(k.Queries)}))
	case "icalendar":
		return pull(icalendar.New(icalendar.Config{Name: k.Name, URL: k.URL, Path: k.Path, CalDAV: k.CalDAV, User: k.User, Secret: first(secrets), Outbound: k.Outbound(),
			Options: icalendar.Options{As: k.As, Hardness: k.Freeze, Scope: k.Scope, Zone: k.Zone}}))
	case "backstage":
		return pull(backstage.New(backstage.Config{Name: k.Name, Path: k.Path, URL: k.URL, Branch: k.Branch, User: k.User, Secret: first(secrets), Outbound: k.Outbound(),
			Dir: filepath.Join(dir, "scratch", k.Name)}))
	case "csv":
		return pull(csv.New(csv.Config{Name: k.Name, URL: k.URL, Path: k.Path, What: k.What, User: k.User, Secret: first(secrets), Outbound: k.Outbound()}))
	case "organisation":
		return pull(organisation.New(organisation.Config{Name: k.Name, URL: k.URL, Path: k.Path, User: k.User, Secret: first(secrets), Outbound: k.Outbound()}))
	case "openslo":
		return pull(openslo.New(openslo.Config{Name: k.Name, Path: k.Path, Options: openslo.Options{Map: k.Map, Environment: k.Environment}}))
	case "statuspage":
		return pull(statuspage.New(statuspage.Config{Origin: origin(k, secrets), Options: statuspage.Options{Map: k.Map, Scope: k.Scope}}))
	case "endoflife":
		return pull(endoflife.New(endoflife.Config{Origin: origin(k, secrets), Options: endoflife.Options{Product: k.Product, Versions: k.Versions, Scope: k.Scope}}))
	case "crontab":
		return pull(crontab.New(crontab.Config{Origin: origin(k, secrets), Options: crontab.Options{Zone: k.Zone, Scope: k.Scope, P95: k.P95, System: k.System}}))
	case "schedule":
		return pull(schedule.New(schedule.Config{Origin: origin(k, secrets), Options: schedule.Options{Project: k.Project, As: k.As, Scope: k.Scope}}))
	case "webhook":
		return send(webhook.New(webhook.Config{Name: k.Name, URL: k.URL, Secrets: secrets, Headers: k.Headers, Deduplicates: &k.Deduplicates, Outbound: k.Outbound()}, clock))
	case "smtp":
		return send(smtp.New(smtp.Config{Name: k.Name, URL: k.URL, StartTLS: k.StartTLS, User: k.User, Secret: first(secrets), From: k.From, To: k.To, Outbound: k.Outbound()}))
	}
	return release.Errorf(release.Internal, "the connector kind %q is not wired", k.Kind)
}

// origin is where a connector reads a file.
func origin(k settings.Connector, secrets [][]byte) connectors.Origin {
	return connectors.Origin{Name: k.Name, URL: k.URL, Path: k.Path, User: k.User, Secret: first(secrets), Outbound: k.Outbound()}
}

// first is the secret that a connector sends; of two, the new one.
func first(secrets [][]byte) []byte {
	if len(secrets) == 0 {
		return nil
	}
	return secrets[0]
}

// published is what control publishes, in the terms of the calendar file.
func published(p control.Published) icalendar.Calendar {
	c := icalendar.Calendar{Name: p.Name}
	for _, f := range p.Freezes {
		changed := f.DeclaredAt
		if f.LiftedAt.After(changed) {
			changed = f.LiftedAt
		}
		c.Items = append(c.Items, icalendar.Item{UID: f.ID + "@signalbox", Sequence: f.Revision - 1, Title: strings.ToUpper(string(f.Kind)) + " FREEZE " + string(f.Scope) + ": " + f.Reason,
			Description: fmt.Sprintf("%s, declared by %s", f.ID, f.DeclaredBy), Kind: calendar.FreezePeriod, Hardness: f.Kind, Scope: f.Scope, UpdatedAt: changed, Interval: f.Interval})
	}
	for _, e := range p.Entries {
		title := e.Title
		if e.Kind == calendar.FreezePeriod {
			title = strings.ToUpper(string(e.Hardness)) + " FREEZE " + string(e.Scope) + ": " + e.Title
		}
		c.Items = append(c.Items, icalendar.Item{UID: entryUID(e), Sequence: e.Revision - 1, Title: title, Description: fmt.Sprintf("%s of %s, from %s", e.Kind, e.Scope, e.Source),
			URL: e.URL, Kind: e.Kind, Hardness: e.Hardness, Scope: e.Scope, UpdatedAt: e.UpdatedAt, Timing: &e.Timing})
	}
	for _, ch := range p.Changes {
		c.Items = append(c.Items, icalendar.Item{UID: ch.ID + "@signalbox", Sequence: ch.Revision - 1, Title: ch.ID + " " + ch.Title + " into " + ch.Environment,
			Description: fmt.Sprintf("%s may go into %s: it is approved for this time", ch.ID, ch.Environment), URL: ch.URL, Kind: calendar.Release, Scope: ch.Scope,
			UpdatedAt: ch.UpdatedAt, Interval: ch.Interval})
	}
	return c
}

// entryUID is the same for an entry for as long as its calendar calls it so.
func entryUID(e calendar.Entry) string {
	sum := sha256.Sum256([]byte(e.Source + "\n" + e.ExternalID))
	return hex.EncodeToString(sum[:16]) + "@signalbox"
}

// rendered is the calendar of a scope as iCalendar.
func (h *house) rendered(ctx context.Context, scope access.Scope) ([]byte, error) {
	p, err := h.control.Publication(ctx, scope)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = icalendar.Write(&out, published(p))
	return out.Bytes(), err
}
