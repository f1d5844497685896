// Package terminal owns what one caller's terminal shows: which frame it has, the fewest bytes that turn it
// into the next one, and every mode that was switched on and must be switched off again. It takes the place
// of Bubble Tea's renderer, whose ticker makes a key wait for a frame and keeps two cell buffers a session:
// here a frame is written at once, then at most every 8 ms, and what is kept between frames is their text.
//
// A frame is the content of a tea.View: one line a row, styled by SGR sequences. Any other sequence and any
// control character in it is dropped, so that nothing in a frame can move the cursor. Frames are drawn on the
// alternate screen, whether the view asks for it or not.
//
// It knows no view, no shell and no SSH, and imports nothing of signalbox.
package terminal
