package feeds_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/viewtest"
)

// dropped is the company after every dead letter was given up.
func dropped() *viewtest.Company {
	c := viewtest.Wired()
	for k := range c.Lines {
		l := &c.Lines[k]
		l.Letters = nil
		if l.Name == "alertmanager" {
			l.LastError, l.LastErrorAt = "chekout is no service", viewtest.Noon.Add(-time.Minute)
		}
	}
	return c
}

// What was dropped is no trouble any more, and nobody claims that it was understood.
func TestDroppedLettersAreOver(t *testing.T) {
	c := dropped()
	text := viewtest.Text(on(c, "alertmanager", 80, 20), c.Frame(), 80, 20)
	for _, want := range []string{"▌● alertmanager", "none now; ", "no dead letter is kept", " none is kept\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "understood") {
		t.Errorf("it claims to have understood what was dropped:\n%s", text)
	}
}

// The gate says unknown of what rests on a dark feed, not stop.
func TestADarkFeedIsUnknownToTheGate(t *testing.T) {
	c := viewtest.Wired()
	for _, s := range sizes {
		text := viewtest.Text(on(c, "prometheus", s[0], s[1]), c.Frame(), s[0], s[1])
		if strings.Contains(text, "■") {
			t.Errorf("it says stop:\n%s", text)
		}
	}
	text := viewtest.Text(on(c, "prometheus", 80, 20), c.Frame(), 80, 20)
	if !strings.Contains(text, "gate freshness ○ unknown of CHG-4182") || !strings.Contains(text, "checkout-web  identity  payments-api") {
		t.Errorf("the services, or the gate, are not named:\n%s", text)
	}
}

// A feed that needs a person is not counted as fresh or quiet, and the dead letters are counted at every width.
func TestTheHeadCountsWhatNeedsAPerson(t *testing.T) {
	c := viewtest.Wired()
	for _, s := range sizes {
		head, _, _ := strings.Cut(viewtest.Text(on(c, "", s[0], s[1]), c.Frame(), s[0], s[1]), "\n")
		if !strings.Contains(head, "quiet 2  look 3  late 1  dark 1") || !strings.Contains(head, "dead letters 3") {
			t.Errorf("the head is %q", head)
		}
	}
}

// Where there is no room for a reason, its cause stands; the whole is where there is room.
func TestTheCauseOfADeadLetter(t *testing.T) {
	c := viewtest.Wired()
	l := c.Line("github")
	l.Letters = l.Letters[:1]
	l.Letters[0].Event, l.Letters[0].Reason = "deployment", "the message is not the JSON expected: a text stands where deployment.id is read"
	if text := viewtest.Text(on(c, "github", 80, 20, "tab"), c.Frame(), 80, 20); !strings.Contains(text, "deployment  a text stands where deployment.id is") {
		t.Errorf("at 80 it reads\n%s", text)
	}
	text := viewtest.Text(on(c, "github", 120, 32, "tab"), c.Frame(), 120, 32)
	if !strings.Contains(text, "reason     the message is not the JSON expected: a\n") || !strings.Contains(text, "           text stands where deployment.id is read") {
		t.Errorf("at 120 it reads\n%s", text)
	}
}

// How long a try took stands behind the whole sentence.
func TestALogEntryEndsWithHowLongItTook(t *testing.T) {
	c := viewtest.Wired()
	c.Line("prometheus").Log[0] = feed.Exchange{At: viewtest.Noon, Sign: feed.Tried, Took: 2 * time.Millisecond,
		Text: "try 6: prometheus at 127.0.0.1:19490 refuses the connection: is the address right?"}
	text := viewtest.Text(page(c, "log prometheus", 80, 20), c.Frame(), 80, 20)
	if !strings.Contains(text, "right?  2ms") || strings.Count(text, "2ms") != 1 {
		t.Errorf("the log reads\n%s", text)
	}
}

// The page of what was dropped here goes back; one that somebody else dropped says so.
func TestADroppedPageGoesBack(t *testing.T) {
	answer := views.Answered{Call: verb.Call{Verb: "feeds drop", Args: []string{"DL-12"}}, At: viewtest.Noon}
	v := page(viewtest.Wired(), "letter DL-12", 80, 20)
	if _, said := viewtest.Send(v, answer); len(said) != 1 || said[0] != (views.Back{}) {
		t.Errorf("after a drop it says %v", said)
	}
	c := viewtest.Wired()
	v = page(c, "letter DL-12", 80, 20)
	answer.Call.Verb = "feeds retry"
	v, said := viewtest.Send(v, answer)
	if len(said) != 0 {
		t.Errorf("a letter that is still kept is left: %v", said)
	}
	c.Line("github").Letters = nil
	if _, said = viewtest.Send(v, views.Refresh{}); len(said) != 1 || said[0] != (views.Back{}) {
		t.Errorf("after it was understood it says %v", said)
	}
	c = viewtest.Wired()
	v = page(c, "letter DL-12", 80, 20)
	c.Line("github").Letters = nil
	if v, said = viewtest.Send(v, views.Refresh{}); len(said) != 0 || !strings.Contains(viewtest.Text(v, c.Frame(), 80, 20), "is not among the feeds any more") {
		t.Errorf("dropped elsewhere it says %v", said)
	}
	v = page(viewtest.Wired(), "letter DL-12", 80, 20)
	answer.Err = release.Errorf(release.Refused, "no")
	if _, said = viewtest.Send(v, answer); len(said) != 0 {
		t.Errorf("a refusal leaves the page: %v", said)
	}
}

// A push feed cannot be asked: its test says so, and is not green.
func TestATestOfAPushFeedIsNotGreen(t *testing.T) {
	c := viewtest.Wired()
	v := tested(on(c, "github", 120, 32), "github", verb.Answer{Lines: []string{"github cannot be asked: the other side calls"}}, nil)
	text := viewtest.Text(v, c.Frame(), 120, 32)
	if strings.Contains(text, "● github cannot") || !strings.Contains(text, "◇ github cannot") || strings.Contains(text, "asked once") {
		t.Errorf("the test reads\n%s", text)
	}
}
