package views

import "signalbox/views/kit"

// Keyed is a view that names every key by which one looks in it, whatever is selected: help lists them all, where the
// row of hints has only those that the selected row needs. The keys of all lists (j k, tab, [ ], / and so on) need not
// be among them.
type Keyed interface {
	View
	Keys() []kit.Hint
}
