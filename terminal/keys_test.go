package terminal

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"pgregory.net/rapid"
)

// typed is what terminals send: keys of all kinds, answers, pastes.
var typed = []string{"a", "Z", "é", "漢", "🚀", " ", "\r", "\t", "\x7f", "\x03", "\x0c", "\x1b[A", "\x1b[B", "\x1b[1;5C", "\x1bOP", "\x1bOA", "\x1b[3~", "\x1b[5~", "\x1b[Z",
	"\x1b[97u", "\x1b[97;5u", "\x1b[27u", "\x1b[27;5;109~", "\x1b[I", "\x1b[O", "\x1b[200~pasted text\x1b[201~", "\x1b[200~two\rlines é\x1b[201~",
	"\x1b]11;rgb:ffff/ffff/ffff\x07", "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b[?2026;2$y", "\x1b[?1u", "\x1b[<0;5;6M", "\x1b[<64;5;6M", "\x1bP>|xterm\x1b\\", "\x1b[4;5R"}

// stock is what Bubble Tea's reader makes of it.
func stock(pieces []string) (out []tea.Msg) {
	in, w := io.Pipe()
	r := uv.NewTerminalReader(in, "xterm-256color")
	events := make(chan uv.Event)
	go func() {
		_ = r.StreamEvents(context.Background(), events)
		close(events)
	}()
	go func() {
		for _, p := range pieces {
			_, _ = io.WriteString(w, p)
			time.Sleep(200 * time.Millisecond)
		}
		_ = w.Close()
	}()
	for e := range events {
		out = append(out, e)
	}
	return out
}

// ours is what Keys make of it.
func ours(pieces []string) (out []tea.Msg) {
	in, done := make(chan []byte), make(chan struct{})
	k := Keys{Term: "xterm-256color"}
	ended := make(chan struct{})
	go func() { k.Run(in, done, func(m tea.Msg) { out = append(out, m) }); close(ended) }()
	for _, p := range pieces {
		in <- []byte(p)
		time.Sleep(200 * time.Millisecond)
	}
	close(done)
	<-ended
	return out
}

// TestKeysAreReadAsTheStockReaderReadsThem, one sequence at a time, and without the messages of which it says
// nothing.
func TestKeysAreReadAsTheStockReaderReadsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, seq := range append(typed, "\x1b", "\x1ba", "\x1b[a", "\x1b[[A", "\x1b[7^", "\x1b[99999x", "\x1b[", "\xff") {
			want, got := stock([]string{seq}), ours([]string{seq})
			if !reflect.DeepEqual(want, got) {
				t.Errorf("%q: %s, not %s", seq, shown(got), shown(want))
			}
		}
	})
}

func shown(msgs []tea.Msg) string {
	var b strings.Builder
	for _, m := range msgs {
		fmt.Fprintf(&b, "%T(%v) ", m, m)
	}
	return b.String()
}

// TestKeysDoNotDependOnHowTheyArrive: cut anywhere, by less than the patience with an escape, the same messages
// come.
func TestKeysDoNotDependOnHowTheyArrive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var all strings.Builder
		for range rapid.IntRange(1, 6).Draw(rt, "keys") {
			all.WriteString(rapid.SampledFrom(typed).Draw(rt, "key"))
		}
		text := all.String()
		read := func(cuts []int) (out []tea.Msg) {
			var k Keys
			from := 0
			for _, c := range append(cuts, len(text)) {
				if c > from {
					out = append(out, k.read([]byte(text[from:c]), false)...)
					from = c
				}
			}
			return append(out, k.read(nil, true)...)
		}
		whole := read(nil)
		cuts := rapid.SliceOfN(rapid.IntRange(0, len(text)), 0, 4).Draw(rt, "cuts")
		if got := read(cuts); cutsInside(text, cuts) && !reflect.DeepEqual(whole, got) {
			rt.Fatalf("%q cut at %v: %s, whole %s", text, cuts, shown(got), shown(whole))
		}
	})
}

// cutsInside reports whether no cut divides a character, which a terminal sends in one piece.
func cutsInside(text string, cuts []int) bool {
	for _, c := range cuts {
		if c < len(text) && text[c]&0xC0 == 0x80 {
			return false
		}
	}
	return true
}

func TestAPasteIsBounded(t *testing.T) {
	var k Keys
	out := k.read([]byte("\x1b[200~"), false)
	for range 300 {
		out = append(out, k.read([]byte(strings.Repeat("x", 10_000)), false)...)
	}
	out = append(out, k.read([]byte(pasteEnd+"a"), false)...)
	if len(out) != 4 {
		t.Fatalf("%d messages", len(out))
	}
	if p := out[1].(uv.PasteEvent); len(p.Content) != longest {
		t.Errorf("%d bytes", len(p.Content))
	}
	if k := out[3].(uv.KeyPressEvent); k.Text != "a" {
		t.Errorf("%v", out[3])
	}
}
