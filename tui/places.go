package tui

import (
	"signalbox/views"
	"signalbox/views/board"
	"signalbox/views/calendar"
	"signalbox/views/change"
	"signalbox/views/conflicts"
	"signalbox/views/feeds"
	"signalbox/views/graph"
	"signalbox/views/health"
	"signalbox/views/queue"
	"signalbox/views/rollouts"
	"signalbox/views/sandbox"
)

// places are the views of this build, by name. Each is made on the thing with an id, "" for a list.
func places() map[string]func(views.World, string) views.View {
	return map[string]func(views.World, string) views.View{
		"board":    func(w views.World, id string) views.View { return board.New(w, id) },
		"queue":    func(w views.World, _ string) views.View { return queue.New(w) },
		"change":   func(w views.World, id string) views.View { return change.New(w, id) },
		"feeds":    func(w views.World, id string) views.View { return feeds.New(w, id) },
		"feed":     func(w views.World, id string) views.View { return feeds.Page(w, id) },
		"sandbox":  func(w views.World, id string) views.View { return sandbox.New(w, id) },
		"calendar": func(w views.World, id string) views.View { return calendar.New(w, id) },

		"rollouts":  func(w views.World, id string) views.View { return rollouts.New(w, id) },
		"rollout":   func(w views.World, id string) views.View { return rollouts.Page(w, id) },
		"conflicts": func(w views.World, id string) views.View { return conflicts.New(w, id) },
		"graph":     func(w views.World, id string) views.View { return graph.New(w, id) },
		"health":    func(w views.World, id string) views.View { return health.New(w, id) },
	}
}
