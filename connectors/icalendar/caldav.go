package icalendar

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
)

const (
	// maxCollection is the largest answer of a CalDAV server taken, in bytes; maxObjects is how many objects it
	// may hold.
	maxCollection = 32 << 20
	maxObjects    = maxEvents
)

// Requests of CalDAV (RFC 4791, and getctag of Apple's caldav-ctag). A collection's state is its ctag, else
// its sync token, else the etags of what it holds.
const (
	askState = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:cs="http://calendarserver.org/ns/"><d:prop><cs:getctag/><d:sync-token/><d:resourcetype/></d:prop></d:propfind>`
	askEtags = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>`
	askEvents = `<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop>` +
		`<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>`
)

// multistatus is the answer of a WebDAV server (RFC 4918).
type multistatus struct {
	XMLName   xml.Name   `xml:"DAV: multistatus"`
	Responses []response `xml:"DAV: response"`
}

type response struct {
	Href  string     `xml:"DAV: href"`
	Props []propstat `xml:"DAV: propstat"`
}

type propstat struct {
	Status string `xml:"DAV: status"`
	Prop   struct {
		CTag  string  `xml:"http://calendarserver.org/ns/ getctag"`
		Token string  `xml:"DAV: sync-token"`
		ETag  string  `xml:"DAV: getetag"`
		Data  *string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`
		Type  struct {
			Calendar *struct{} `xml:"urn:ietf:params:xml:ns:caldav calendar"`
		} `xml:"DAV: resourcetype"`
	} `xml:"DAV: prop"`
}

// collection reads a CalDAV collection. Its state is asked before its events: what changes in between is
// read again the next time.
func (p *Puller) collection(ctx context.Context, old cursor) (cursor, []file, error) {
	state, err := p.state(ctx)
	if err != nil {
		return cursor{}, nil, err
	}
	if state != "" && state == old.State {
		return old, nil, nil
	}
	answer, err := p.dav(ctx, "REPORT", "1", askEvents)
	if err != nil {
		return cursor{}, nil, err
	}
	files := []file{}
	size := 0
	for _, r := range answer.Responses {
		for _, s := range r.Props {
			if s.Prop.Data == nil || !ok(s) {
				continue
			}
			if len(files) == maxObjects {
				return cursor{}, nil, release.Errorf(release.Usage, "%s holds more than %d events", p.what, maxObjects).Advise("split the calendar")
			}
			size += len(*s.Prop.Data)
			files = append(files, file{release.Clean(path.Base(r.Href), 120), []byte(*s.Prop.Data)})
		}
	}
	// Servers list their objects in any order.
	slices.SortStableFunc(files, func(a, b file) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(string(a.data), string(b.data)))
	})
	var sum strings.Builder
	sum.Grow(size)
	for _, f := range files {
		fmt.Fprintf(&sum, "%q %s", f.name, digest(string(f.data)))
	}
	return cursor{Means: p.means, State: state, Sum: digest(sum.String())}, files, nil
}

// ok reports whether a part of an answer is a success; a server may leave the status out.
func ok(s propstat) bool { return s.Status == "" || strings.Contains(s.Status, " 200") }

// state returns what stands for the collection's content.
func (p *Puller) state(ctx context.Context) (string, error) {
	answer, err := p.dav(ctx, "PROPFIND", "0", askState)
	if err != nil {
		return "", err
	}
	calendar, tag, token := false, "", ""
	for _, r := range answer.Responses {
		for _, s := range r.Props {
			if ok(s) {
				calendar = calendar || s.Prop.Type.Calendar != nil
				tag, token = cmp.Or(tag, validator(s.Prop.CTag)), cmp.Or(token, validator(s.Prop.Token))
			}
		}
	}
	if v := cmp.Or(tag, token); calendar && v != "" {
		return v, nil
	}
	if !calendar {
		return "", release.Errorf(release.Usage, "%s is no CalDAV calendar: it is something else at that address", p.what).
			Advise("give the url of the calendar itself, not of its server")
	}
	if answer, err = p.dav(ctx, "PROPFIND", "1", askEtags); err != nil {
		return "", err
	}
	var all []string
	for _, r := range answer.Responses {
		for _, s := range r.Props {
			if ok(s) && s.Prop.ETag != "" {
				all = append(all, r.Href+" "+s.Prop.ETag)
			}
		}
	}
	slices.Sort(all)
	return "etags " + digest(strings.Join(all, "\n")), nil
}

// dav sends one request of WebDAV.
func (p *Puller) dav(ctx context.Context, method, depth, body string) (multistatus, error) {
	var out multistatus
	r, err := p.ask(ctx, method, http.Header{"Content-Type": {"application/xml; charset=utf-8"}, "Depth": {depth}}, []byte(body))
	if err != nil {
		return out, err
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusMethodNotAllowed || r.StatusCode == http.StatusNotImplemented {
		return out, release.Errorf(release.Usage, "%s does not speak CalDAV (HTTP %d)", p.what, r.StatusCode).Advise("leave caldav out, or correct the url")
	}
	if err := connectors.Answered(p.what, r); err != nil {
		return out, err
	}
	data, err := connectors.ReadAll(p.what, r.Body, maxCollection)
	if err != nil {
		return out, err
	}
	if err := xml.Unmarshal(data, &out); err != nil {
		return out, release.Errorf(release.Usage, "%s does not answer as CalDAV does", p.what).Advise("leave caldav out, or correct the url").Because(err)
	}
	return out, nil
}
