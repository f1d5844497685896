package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"signalbox/release"
)

// TestSandboxJumpSaysWhichDay: a clock time that is past is tomorrow's where one jump reaches it, and says so.
func TestSandboxJumpSaysWhichDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "") // 11:30
		s.turned("sandbox jump 10:00", "10:00 is past today, and 10:00 tomorrow is 22h", "+2h")
		s.turned("sandbox jump 11:30", "11:30 is past today", "+2h")
		s.acted("sandbox jump 13:30")
		if said := s.acted("sandbox jump 00:30"); !strings.Contains(said, "jumped to tomorrow, Wed 25 Nov 00:30:00Z, 11h on; 00:30 is past today") {
			t.Errorf("tomorrow: %s", said)
		}
		if at := s.control.Now().Format("02 15:04"); at != "25 00:30" {
			t.Errorf("the clock is at %s", at)
		}
	})
}

// TestSandboxSpeedNought: nought is no speed of a clock that goes, and the flag says that it stands still.
func TestSandboxSpeedNought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		for _, word := range []string{"0", "NaN", "-1"} {
			if _, err := s.asked("sandbox speed " + word); err == nil || !strings.Contains(release.AsError(err).Try, "sandbox pause stops the clock") {
				t.Errorf("speed %s: %v", word, err)
			}
		}
	})
}
