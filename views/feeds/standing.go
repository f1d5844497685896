package feeds

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/views/kit"
)

// recent is how long what a push feed turned away makes it a matter for a person.
const recent = 6 * time.Hour

// age is what a line's age means at an instant: it goes on while nothing new is read.
func age(l *feed.Line, now, since time.Time) feed.Aspect { return l.Status.Aspect(now, since) }

// standing is the signal of a feed: dark and late by its age, caution where something that it could not carry
// waits for a person, planned before it has said anything.
func standing(l *feed.Line, now, since time.Time) release.Aspect {
	switch a := age(l, now, since); {
	case a == feed.Dark:
		return release.Dark
	case a == feed.Late, l.Tries > 0, len(l.Letters) > 0, refusedLately(l, now) > 0, stuck(l) > 0:
		return release.Caution
	}
	if l.LastGood.IsZero() {
		return release.Planned
	}
	return release.Go
}

// refusedLately counts what was turned away within the last hours.
func refusedLately(l *feed.Line, now time.Time) int64 {
	var n int64
	for _, b := range l.Buckets {
		if b.At.After(now.Add(-recent)) {
			n += b.Refused
		}
	}
	return n
}

// stuck counts the messages that need a person.
func stuck(l *feed.Line) int {
	n := 0
	for _, m := range l.Messages {
		if m.State == outbox.Failed || m.State == outbox.Unknown {
			n++
		}
	}
	return n
}

// dead is how many dead letters, or messages that need a person, the feed has.
func dead(l *feed.Line) int {
	if l.Kind == feed.Out {
		return stuck(l)
	}
	return len(l.Letters)
}

// promise writes what a feed promises: "60s", "quiet", "—".
func promise(l *feed.Line) string {
	switch d := l.ExpectEvery; {
	case l.Kind == feed.Out:
		return kit.Unknown
	case d <= 0:
		return "quiet"
	case d < 2*time.Minute && d%time.Second == 0:
		return strconv.Itoa(int(d/time.Second)) + "s"
	default:
		return kit.Length(d)
	}
}

// lastGood writes when a feed was last good.
func lastGood(l *feed.Line, now time.Time, zone *time.Location) string {
	if l.LastGood.IsZero() {
		return "never"
	}
	return moment(l.LastGood, now, zone)
}

// moment writes an instant with its seconds where it is of this day, else as other screens do.
func moment(at, now time.Time, zone *time.Location) string {
	if at.In(zone).Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) {
		return kit.Seconds(at, zone)
	}
	return kit.Instant(at, now, zone)
}

// shortened is what rests on a feed in words that fit a column.
func shortened(resting string) string {
	return strings.NewReplacer("calendar entries", "entries", "calendar entry", "entry", "services", "svc", "service", "svc", "changes", "chg", "change", "chg", "told of ", "").
		Replace(resting)
}

// lag writes how long ago that was.
func lag(l *feed.Line, now time.Time) string {
	if l.LastGood.IsZero() {
		return kit.Unknown
	}
	return kit.Age(l.LastGood, now)
}

// took writes how long an exchange took: 640ms, 4.1s, 1m02s.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.Itoa(int(d/time.Millisecond)) + "ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return kit.Span(d)
}

// cause is the part of a reason by which it is told from others, where there is no room for the whole: what
// follows the first colon, if that is a sentence.
func cause(reason string) string {
	if _, rest, ok := strings.Cut(reason, ": "); ok && strings.Count(rest, " ") >= 2 {
		return rest
	}
	return reason
}

// tries is ", 12 tries".
func tries(l *feed.Line) string {
	switch l.Tries {
	case 0:
		return ""
	case 1:
		return ", 1 try"
	}
	return ", " + strconv.Itoa(l.Tries) + " tries"
}

// brief is the last error in the fewest words, or what became of it; "" where there is nothing to say.
func brief(l *feed.Line, now, since time.Time, zone *time.Location) []kit.Run {
	a := standing(l, now, since)
	switch why := l.Trouble(); {
	case l.Tries > 0 && why != "":
		return []kit.Run{kit.T(why, kit.Plain()), kit.T(tries(l), kit.Meta())}
	case a == release.Dark && l.LastGood.IsZero():
		return []kit.Run{kit.T("has never answered", kit.Plain())}
	case age(l, now, since) == feed.Late:
		return []kit.Run{kit.T("late "+kit.Span(now.Sub(l.LastGood)-l.ExpectEvery), kit.Reason(release.Caution))}
	case stuck(l) > 0:
		return []kit.Run{kit.T(counted(stuck(l), "message needs", "messages need")+" a person", kit.Reason(release.Caution))}
	case refusedLately(l, now) > 0:
		n := refusedLately(l, now)
		return []kit.Run{kit.T(kit.Thousands(n)+" refused", kit.Reason(release.Caution)), kit.T(lead(": ", why), kit.Meta())}
	case len(l.Letters) > 0:
		return []kit.Run{kit.T(cause(l.Letters[0].Reason), kit.Plain())}
	}
	if len(l.Log) > 0 && l.Log[0].Sign == feed.Back {
		return []kit.Run{kit.T("back "+moment(l.Log[0].At, now, zone), kit.Meta())}
	}
	return nil
}

func lead(with, text string) string {
	if text == "" {
		return ""
	}
	return with + text
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return kit.Thousands(int64(n)) + " " + many
}

// class says what a kind of failure needs.
func class(c feed.Class) string {
	most := kit.Length(feed.MostBackoff)
	switch c {
	case feed.Auth:
		return "auth: the other side does not take the secret. Only a new one helps; tried every " + most
	case feed.Config:
		return "config: what the configuration names is not there. Correct it; tried every " + most
	case feed.Bug:
		return "bug: signalbox itself failed. Report it with the server's log; tried every " + most
	}
	return "retry: doubles up to " + most + ". Not auth, not config, not a bug"
}
