package feeds

import (
	"signalbox/views"
	"signalbox/views/kit"
)

// focused puts the cursor on the feed that was selected where the reader comes from, where there is one.
func (v View) focused(m views.Focus) View {
	switch {
	case m.Feed == "":
		return v
	case v.panel == nil:
		v.cursor = m.Feed
		return v
	case v.find(m.Feed) == nil:
		return v
	}
	return v.selected(m.Feed)
}

// clicked selects the feed, or the dead letter or message, that stands where the mouse was pressed.
func (v View) clicked(m views.Click) View {
	p := v.plan()
	if y := m.Y - headRows; y >= 0 && y < p.list {
		if k := kit.Scroll(v.top, v.place(), p.list, len(v.rows)) + y; k < len(v.rows) {
			return v.selected(v.rows[k].name)
		}
		return v
	}
	posts := v.posts()
	k := -1
	switch y := m.Y - p.y; {
	case v.w < wide && y > p.facts && y < p.facts+p.posts:
		k = v.firstPost(posts, p.posts-1) + y - p.facts - 1
	case v.w >= wide && m.X > p.left && y > 0 && y <= 2*p.shown:
		k = v.firstPost(posts, p.shown) + (y-1)/2
	}
	if k < 0 || k >= len(posts) {
		return v
	}
	v.below, v.post = true, posts[k].id()
	return v
}

// selected has the cursor on a feed of the list.
func (v View) selected(name string) View {
	v.below, v.cursor, v.post = false, name, ""
	return v.held(v.place()).scrolled()
}
