// Package tui owns the shell of one session's screen: the frame around every view (place, clock, alarm
// line, ticker, hints), the stack of views, what a key means, the sheets over a view (decide, help, palette,
// leave), the filter prompt and the undo. It knows the rules only through release, the world only through
// views.World, and it does no I/O in Update or View: everything that may wait happens in commands. It must
// not import store, control, a connector or a door.
package tui
