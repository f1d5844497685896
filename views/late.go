package views

import (
	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/views/kit"
)

// LateFeed is the feed of the forge that a change's evidence comes from, where it is late and not yet dark; nil
// where it is not. What rests on it is judged, and marked.
func LateFeed(f Frame, i *change.Item) *feed.Status {
	if i.Service == nil || i.Change.Commit == "" || i.EvidenceDark {
		return nil
	}
	for k := range f.Alarm.Feeds {
		s := &f.Alarm.Feeds[k]
		if _, ok := i.Service.Repos[s.Type+".com"]; ok && s.Aspect(f.Now, f.Alarm.Since) == feed.Late {
			return s
		}
	}
	return nil
}

// LateNote is its age, for the head of what rests on it; nil where nothing is late.
func LateNote(f Frame, i *change.Item) []kit.Run {
	s := LateFeed(f, i)
	switch {
	case s == nil:
		return nil
	case s.LastGood.IsZero():
		return []kit.Run{kit.Mark(release.Caution), kit.T(" "+s.Name+" late", kit.AspectWord(release.Caution))}
	}
	return []kit.Run{kit.Mark(release.Caution), kit.T(" "+s.Name+" late ", kit.AspectWord(release.Caution)), kit.T(kit.Age(s.LastGood, f.Now), kit.AspectNumber(release.Caution))}
}
