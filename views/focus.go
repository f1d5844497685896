package views

import (
	"time"

	"signalbox/release/catalog"
)

// Focus is a message from the shell to a view that was gone to from another: what was selected there. A view puts
// its cursor on what it has of it, as soon as it has been read, and leaves the rest.
type Focus struct {
	Kind, ID                     string // as in the Selection
	Change, Service, Environment string
	Rollout, Feed                string
	At                           time.Time // UTC; zero for none
}

// Click is a message from the shell to the view on top: the mouse was pressed on a cell of the body. A view selects
// the row that it drew there, and does nothing else.
type Click struct{ X, Y int }

// FocusOf is what a selection says to the next view.
func FocusOf(s Selection) Focus {
	f := Focus{Kind: s.Kind, ID: s.ID, Change: s.Change, Service: s.Service, Environment: s.Environment, Rollout: s.Rollout, At: s.At}
	if i := s.Item; i != nil {
		f.Change = i.Change.ID
		if f.Service == "" {
			f.Service = i.Change.Service
		}
		if f.Environment == "" {
			f.Environment = i.Change.Environment
		}
	}
	if catalog.IsUnknown(f.Service) {
		f.Service = "" // nothing else knows it either
	}
	if s.Feed != nil {
		f.Feed = s.Feed.Name
	}
	return f
}

// For is the id on which a view opens, "" where the selection has nothing for it.
func (f Focus) For(view string) string {
	switch view {
	case "conflicts":
		if f.Kind == ConflictKind {
			return f.ID
		}
		return f.Change
	case "graph", "health", "service":
		return f.Service
	case "rollouts":
		if f.Rollout != "" {
			return f.Rollout
		}
		return f.Change
	case "calendar":
		if f.Change != "" {
			return f.Change
		}
		switch f.Kind {
		case FreezeKind, EntryKind, MarkKind:
			return f.ID
		case RolloutKind:
			return f.Rollout
		}
	case "feeds":
		return f.Feed
	}
	return ""
}
