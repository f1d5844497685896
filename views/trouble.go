package views

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/simulation"
	"signalbox/views/kit"
)

// Trouble is the row that says why what is shown may be old: the store does not answer, or the last reading
// failed. It stands in the last row of the body, so that nothing else moves. asOf is when the shown snapshot
// was built.
func Trouble(f Frame, failed *release.Error, asOf time.Time) ([]kit.Run, bool) {
	since := " · as of " + kit.Seconds(asOf, f.Zone)
	switch {
	case f.Alarm.Store != "":
		word, rest, _ := strings.Cut(f.Alarm.Store, " ")
		if f.Alarm.Store == simulation.Beginning {
			return []kit.Run{kit.Mark(release.Planned), kit.T(" ", kit.Plain()), kit.T(word, kit.AspectWord(release.Planned)), kit.T(" "+rest+since, kit.Plain())}, true
		}
		return []kit.Run{kit.Mark(release.Stop), kit.T(" ", kit.Plain()), kit.T(word, kit.AspectWord(release.Stop)),
			kit.T(" "+rest+since+" · no lever works", kit.Plain())}, true
	case failed != nil:
		return []kit.Run{kit.Mark(release.Dark), kit.T(" "+failed.Message, kit.Reason(release.Dark)), kit.T(since+" · "+failed.Try, kit.Meta())}, true
	}
	return nil, false
}
