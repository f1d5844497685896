package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// asked gives a verb of the sandbox as the one who holds every role, and returns what it came to.
func (s *still) asked(words string) (verb.Answer, error) {
	f := strings.Fields(words)
	return s.control.Do(s.t.Context(), verb.Call{Verb: strings.Join(f[:2], " "), Actor: s.actor("guest"), Args: f[2:]})
}

// acted is a verb that must go through, and its first line.
func (s *still) acted(words string) string {
	s.t.Helper()
	a, err := s.asked(words)
	if err != nil {
		s.t.Fatalf("%s: %v", words, err)
	}
	return a.Lines[0]
}

// turned is a verb that must be refused with a sentence and a way out, and must leave timeline and rollouts alone.
func (s *still) turned(words, why, try string) {
	s.t.Helper()
	rollouts := func() (n int) {
		if err := s.runs.Read(s.t.Context(), func(r port.Reader) error {
			list, err := r.LiveRollouts(s.t.Context())
			n = len(list)
			return err
		}); err != nil {
			s.t.Fatal(err)
		}
		return n
	}
	steps, moved := len(s.control.Sandbox.State().Steps), rollouts()
	_, err := s.asked(words)
	e := release.AsError(err)
	if err == nil || release.CodeOf(err) != release.Refused && release.CodeOf(err) != release.NotFound {
		s.t.Errorf("%s: %v, want a refusal", words, err)
		return
	}
	if !strings.Contains(e.Message, why) || !strings.Contains(e.Try, try) {
		s.t.Errorf("%s: %q, %q; want %q, %q", words, e.Message, e.Try, why, try)
	}
	if n := len(s.control.Sandbox.State().Steps); n != steps || rollouts() != moved {
		s.t.Errorf("%s: it was refused, and %d steps became %d, %d rollouts %d", words, steps, n, moved, rollouts())
	}
}

// TestSandboxInjectsTellTheTruth: what would have no effect is refused with the names that would do; what is let
// happen happens, once.
func TestSandboxInjectsTellTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		s.turned("sandbox inject vendor moon", `there is no service "moon"`, "service list")
		s.turned("sandbox inject vendor search", "search rests on no vendor", "payments-api")
		s.turned("sandbox inject resolve checkout-web", "no alert fires for checkout-web", "mailer")
		s.turned("sandbox inject back", "prometheus is not silent", "sandbox inject dark prometheus")
		s.turned("sandbox inject abort checkout-web", "no rollout of checkout-web moves", "catalogue")
		s.turned("sandbox inject abort promo", "no rollout of promo moves", "push-gw")
		s.turned("sandbox inject calm checkout-web", "checkout-web is well already", "mailer")
		s.turned("sandbox inject errors warehouse", "nobody measures warehouse", "another service")

		s.acted("sandbox inject dark")
		s.turned("sandbox inject dark", "prometheus is silent already", "sandbox inject back prometheus")
		s.turned("sandbox inject back github", "github is not silent", "prometheus")
		if said := s.acted("sandbox inject errors checkout-web"); !strings.Contains(said, "nobody sees it while prometheus is silent") {
			t.Errorf("a fault that nobody measures: %s", said)
		}
		s.acted("sandbox inject back")
		s.turned("sandbox inject back", "prometheus is not silent", "")
		s.acted("sandbox inject calm checkout-web")

		s.acted("sandbox inject alert checkout-web")
		s.turned("sandbox inject alert checkout-web", "HighErrorRate of checkout-web fires already", "resolve checkout-web")
		s.acted("sandbox inject resolve checkout-web")
		s.turned("sandbox inject resolve checkout-web", "no alert fires for checkout-web", "mailer")
		if said := s.acted("sandbox inject resolve mailer"); !strings.Contains(said, "MailQueueGrows of mailer is resolved") {
			t.Errorf("an alert of another name: %s", said)
		}
		s.turned("sandbox inject resolve mailer", "no alert fires for mailer", "none fires")

		s.acted("sandbox inject abort push-gw")
		s.turned("sandbox inject abort push-gw", "no rollout of push-gw moves", "catalogue")
		if said := s.acted("sandbox inject vendor payments-api"); !strings.Contains(said, "Corvid Card Network") {
			t.Errorf("a vendor without its name: %s", said)
		}
	})
}

// TestSandboxFaultIsSeen: an inject that strikes the newest version strikes one that takes requests, although a
// newer one waits for its approval.
func TestSandboxFaultIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		s.acted("sandbox inject errors promo") // 3.9.6 waits
		s.acted("sandbox jump +5m")
		_, lines := s.verdicts()
		if l := lines["promo"]; l.Verdict == health.Healthy || l.Verdict == health.Watch {
			t.Errorf("promo answers 5xx, and its line says %s: %s", l.Verdict, l.Why)
		}
	})
}

// TestSandboxSilentPager: what a silent pager does not tell is told when it speaks again, and is said to be kept.
func TestSandboxSilentPager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		firing := func() (n int) {
			if err := s.runs.Read(t.Context(), func(r port.Reader) error {
				list, err := r.Alerts(t.Context(), "checkout-web")
				n = len(list)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		s.acted("sandbox inject dark alertmanager")
		if said := s.acted("sandbox inject alert checkout-web"); !strings.Contains(said, "alertmanager keeps it to itself") || firing() != 0 {
			t.Errorf("%s; %d alerts", said, firing())
		}
		s.acted("sandbox inject back alertmanager")
		if firing() != 1 {
			t.Errorf("the pager speaks again, and %d alerts came", firing())
		}
	})
}

// TestSandboxFreezesTheTeam: the freeze is that of the team, as its line says.
func TestSandboxFreezesTheTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		if said := s.acted("sandbox inject freeze checkout-web"); !strings.Contains(said, "the team Checkout") {
			t.Errorf("what was done: %s", said)
		}
		text := strings.Join(s.do(s.actor("guest"), "freeze list", []string{}, nil).Lines, "\n")
		if !strings.Contains(text, "team:checkout") || strings.Contains(text, "service:checkout-web") {
			t.Errorf("the freezes:\n%s", text)
		}
	})
}
