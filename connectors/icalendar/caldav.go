package icalendar

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
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

// response speaks of one resource. A Status of its own says that the resource as a whole is not given; one of
// 507 with the collection's own address says that more is there than was given (RFC 5323, RFC 6578).
type response struct {
	Href   string     `xml:"DAV: href"`
	Status string     `xml:"DAV: status"`
	Props  []propstat `xml:"DAV: propstat"`
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
		given := false
		for _, s := range r.Props {
			switch {
			case s.Prop.Data == nil:
				continue
			case !ok(s.Status):
				return cursor{}, nil, p.partial(s.Status)
			case strings.TrimSpace(*s.Prop.Data) == "":
				continue
			}
			given = true
			if len(files) == maxObjects {
				return cursor{}, nil, release.Errorf(release.Usage, "%s holds more than %d events", p.what, maxObjects).Advise("split the calendar")
			}
			size += len(*s.Prop.Data)
			files = append(files, file{p.object(r.Href), []byte(*s.Prop.Data)})
		}
		if !given && !p.itself(r.Href) {
			return cursor{}, nil, p.partial("")
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

// ok reports whether a status such as "HTTP/1.1 200 OK" is a success; a server may leave it out.
func ok(status string) bool {
	n := code(status)
	return n >= 200 && n < 300
}

// code returns the number of a status, 0 where it has none, and 200 where there is no status.
func code(status string) int {
	f := strings.Fields(status)
	if len(f) == 0 {
		return http.StatusOK
	}
	n, err := strconv.Atoi(f[min(1, len(f)-1)])
	if err != nil || n < 100 || n > 599 {
		return 0
	}
	return n
}

// partial is the error of an answer that leaves out what the collection holds. Taken as the whole, it would
// end freezes that are still there. It is Unavailable: what is missing may be given the next time.
func (p *Puller) partial(status string) error {
	said := ""
	if n := code(status); n != http.StatusOK && n != 0 {
		said = fmt.Sprintf(" (HTTP %d for one)", n)
	}
	return release.Errorf(release.Unavailable, "%s gave only a part of its events%s", p.what, said).
		Advise("what is known of it stays as it is; where this lasts, look at the calendar's server or split the calendar")
}

// itself reports whether an address of an answer is that of the collection.
func (p *Puller) itself(href string) bool {
	u, err := url.Parse(strings.TrimSpace(href))
	return err == nil && path.Clean("/"+u.Path) == path.Clean("/"+p.at.Path)
}

// object returns how places name an object: by the last part of its address, without what follows a question
// mark, or by the connector's name where that part would show a piece of the calendar's own address.
func (p *Puller) object(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return p.c.Name
	}
	base := path.Base(path.Clean("/" + u.Path))
	if base == "/" || p.itself(href) || p.reveals(base) {
		return p.c.Name
	}
	return release.Clean(base, 120)
}

// state returns what stands for the collection's content, "" where nothing does. Of what the server gave it
// is a digest alone: a sync token may be an address.
func (p *Puller) state(ctx context.Context) (string, error) {
	answer, err := p.dav(ctx, "PROPFIND", "0", askState)
	if err != nil {
		return "", err
	}
	calendar, tag, token := false, "", ""
	for _, r := range answer.Responses {
		for _, s := range r.Props {
			if ok(s.Status) {
				calendar = calendar || s.Prop.Type.Calendar != nil
				tag, token = cmp.Or(tag, s.Prop.CTag), cmp.Or(token, s.Prop.Token)
			}
		}
	}
	if v := cmp.Or(tag, token); calendar && v != "" {
		return "tag " + digest(v), nil
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
		known := p.itself(r.Href)
		for _, s := range r.Props {
			if ok(s.Status) && s.Prop.ETag != "" {
				known = true
				all = append(all, r.Href+" "+s.Prop.ETag)
			}
		}
		if !known {
			return "", nil // it may change, and nothing would tell
		}
	}
	slices.Sort(all)
	return "etags " + digest(strings.Join(all, "\n")), nil
}

// dav sends one request of WebDAV. No answer is taken that speaks of a resource it does not give: nothing was
// asked for by its own address, so that even a resource that is not there any more is one too few.
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
	err = xml.Unmarshal(data, &out)
	switch {
	case err == nil:
	case out.XMLName.Local != "", r.StatusCode == http.StatusMultiStatus && len(bytes.TrimSpace(data)) == 0:
		return out, release.Errorf(release.Unavailable, "%s gave an answer that breaks off or is damaged", p.what).
			Advise("what is known of it stays as it is; where this lasts, look at the calendar's server").Because(err)
	default:
		return out, release.Errorf(release.Usage, "%s does not answer as CalDAV does", p.what).Advise("leave caldav out, or correct the url").Because(err)
	}
	for _, r := range out.Responses {
		if !ok(r.Status) {
			return out, p.partial(r.Status)
		}
	}
	return out, nil
}
