package terminal

import (
	"bytes"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

const (
	// lone is how long an escape character waits for what may belong to it.
	lone = 50 * time.Millisecond
	// longest is the most that a paste may hold, in bytes; what is more is dropped.
	longest = 1 << 20
)

// Keys reads what a caller types, and what the terminal answers, as a program's messages. Bubble Tea's own reader
// keeps a table of some hundred sequences a session; here the rare ones that need it are looked up in a new one.
// The zero Keys is ready.
type Keys struct {
	// Term is the terminal's name, for the sequences that differ.
	Term string

	decoder uv.EventDecoder
	rest    []byte // the beginning of something
	pasting bool
	paste   []byte
}

// Run hands what comes from in to send, until done is closed.
func (k *Keys) Run(in <-chan []byte, done <-chan struct{}, send func(tea.Msg)) {
	var late <-chan time.Time
	for {
		var msgs []tea.Msg
		select {
		case b := <-in:
			msgs = k.read(b, false)
		case <-late:
			msgs = k.read(nil, true)
		case <-done:
			return
		}
		late = nil
		if len(k.rest) > 0 {
			late = time.After(lone)
		}
		for _, m := range msgs {
			select {
			case <-done:
				return
			default:
				send(m)
			}
		}
	}
}

const pasteEnd = "\x1b[201~"

// read returns the messages that b completes. What may go on is kept, unless nothing more came in time.
func (k *Keys) read(b []byte, expired bool) (out []tea.Msg) {
	buf := append(k.rest, b...)
	for len(buf) > 0 {
		if k.pasting {
			text, rest, ended := bytes.Cut(buf, []byte(pasteEnd))
			if !ended { // the end may be cut in two
				keep := 0
				for n := min(len(text), len(pasteEnd)-1); n > 0 && keep == 0; n-- {
					if bytes.HasSuffix(text, []byte(pasteEnd[:n])) {
						keep = n
					}
				}
				text, rest = text[:len(text)-keep], text[len(text)-keep:]
			}
			k.paste = append(k.paste, text[:min(len(text), longest-len(k.paste))]...)
			buf = rest
			if !ended {
				break
			}
			out = append(out, uv.PasteEvent{Content: string(bytes.ToValidUTF8(k.paste, nil))}, uv.PasteEndEvent{})
			k.pasting, k.paste = false, nil
			continue
		}
		if !expired && open(buf) {
			break
		}
		n, event := k.decoder.Decode(buf)
		if n == 0 {
			break
		}
		if buf[0] == 0x1B && n <= 2 && !expired { // more may follow
			break
		}
		switch e := event.(type) {
		case nil:
		case uv.UnknownEvent:
			if !expired {
				k.rest = append(k.rest[:0], buf...)
				return out
			}
			out = append(out, k.lookUp(buf[:n])...)
		case uv.MultiEvent:
			for _, one := range e {
				out = append(out, one)
			}
		case uv.PasteStartEvent:
			k.pasting = true
			out = append(out, e)
		default:
			out = append(out, e)
		}
		buf = buf[n:]
	}
	if len(buf) > longest { // no sequence is that long
		buf = nil
	}
	k.rest = append(k.rest[:0:0], buf...)
	return out
}

// open reports whether buf begins with a string (an answer to a question) whose end has not come.
func open(buf []byte) bool {
	return len(buf) > 1 && buf[0] == 0x1B && bytes.IndexByte([]byte("]P_^X"), buf[1]) >= 0 &&
		bytes.IndexByte(buf, 0x07) < 0 && !bytes.Contains(buf, []byte("\x1b\\"))
}

// lookUp finds a sequence that only some terminals have.
func (k *Keys) lookUp(seq []byte) (out []tea.Msg) {
	r := uv.NewTerminalReader(bytes.NewReader(seq), k.Term)
	r.EscTimeout = 0
	events := make(chan uv.Event)
	go func() {
		_ = r.StreamEvents(context.Background(), events)
		close(events)
	}()
	for e := range events {
		out = append(out, e)
	}
	return out
}
