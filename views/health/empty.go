package health

import (
	"signalbox/release"
	"signalbox/views"
	"signalbox/views/kit"
)

// What is written into the configuration, to the letter.
const (
	configMonitor = `- {name: prom, kind: prometheus, url: "https://prom.example.com"}`
	configSLO     = `- {name: slo, kind: openslo, path: objectives}`
)

// drawEmpty says what is missing and how it is connected, or that no line fits the filter.
func (v View) drawEmpty(c kit.Canvas, f views.Frame) {
	if len(v.panel.Lines) > 0 {
		c.Write(9, 3, kit.T("·", kit.Faint()), kit.T("  No objective and no service fits “"+kit.Truncate(v.words, 40)+"”.", kit.Strong()))
		c.Write(12, 5, kit.T("esc", kit.Look()), kit.T(" drops the filter", kit.Meta()))
		return
	}
	monitors := len(v.panel.Monitors) > 0
	head := "no monitor connected and no objective known"
	if monitors {
		head = "nothing was measured yet and no objective is known"
	}
	c.Write(9, 2, kit.Mark(release.Dark), kit.T("  "+head, kit.Strong()))
	y := 4
	say := func(x int, text string, s kit.Style) {
		c.PutIn(x, y, c.W()-x-1, text, s)
		y++
	}
	say(12, "A monitor says how services are, OpenSLO files what they promise.", kit.Meta())
	say(12, "Both are entries under connectors in the configuration:", kit.Meta())
	y++
	say(14, configMonitor, kit.Plain())
	say(14, configSLO, kit.Plain())
	y++
	say(12, "What no monitor measures is ○ UNKNOWN, never ● GO.", kit.Meta())
	say(12, "signalbox config schema       what each of them takes", kit.Meta())
	say(12, "signalbox import openslo DIR  reads objectives once", kit.Meta())
	if n := len(v.panel.Unplaced); n > 0 {
		y++
		say(12, counted(n, "objective")+" of services that the catalog does not have: "+v.panel.Unplaced[0].Service, kit.Reason(release.Caution))
	}
	if monitors {
		v.drawFeeds(c, c.H()-1, f)
	}
}
