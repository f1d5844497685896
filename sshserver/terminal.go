package sshserver

import (
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// The largest and the assumed size of a terminal, in cells. A larger one would let one request take
// gigabytes: a screen is held as cells several times over.
const (
	maxWidth, maxHeight = 500, 200
	defWidth, defHeight = 80, 24
)

// size is a terminal's size in cells, always within 1×1 and 500×200.
type size struct{ width, height int }

// clamp returns the size that a client's numbers stand for; a zero keeps what was before (RFC 4254, 6.2).
func (s size) clamp(width, height uint32) size {
	if width > 0 {
		s.width = int(min(width, maxWidth))
	}
	if height > 0 {
		s.height = int(min(height, maxHeight))
	}
	return s
}

// ptyRequest is the payload of a pty-req (RFC 4254, 6.2).
type ptyRequest struct {
	Term                          string
	Width, Height, PixelX, PixelY uint32
	Modes                         string
}

// windowChange is the payload of a window-change (RFC 4254, 6.7).
type windowChange struct{ Width, Height, PixelX, PixelY uint32 }

// envRequest is the payload of an env request (RFC 4254, 6.4).
type envRequest struct{ Name, Value string }

// readPty returns the request as the framework may see it, or false where it is malformed or its terminal
// type is not a plain word: the type ends in environments and logs.
func readPty(payload []byte) ([]byte, size, bool) {
	var r ptyRequest
	if gossh.Unmarshal(payload, &r) != nil || !plainTerm(r.Term) {
		return nil, size{}, false
	}
	if r.Term == "" {
		r.Term = "dumb"
	}
	s := size{defWidth, defHeight}.clamp(r.Width, r.Height)
	// Nothing here has a line discipline, so the terminal modes mean nothing; TTY_OP_END alone is the
	// empty list.
	r = ptyRequest{Term: r.Term, Width: uint32(s.width), Height: uint32(s.height), Modes: "\x00"}
	return gossh.Marshal(&r), s, true
}

func plainTerm(s string) bool {
	return len(s) <= 64 && only(s, func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._+-", r)
	})
}

func only(s string, in func(rune) bool) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !in(r) })
}

// The most that a client's environment may hold.
const (
	maxEnv      = 32
	maxEnvName  = 64
	maxEnvValue = 256
)

// readEnv returns the request as the framework may see it, or false where the variable is not on the list
// or its text is not plain.
func readEnv(payload []byte) ([]byte, bool) {
	var r envRequest
	if len(payload) > 8+maxEnvName+maxEnvValue || gossh.Unmarshal(payload, &r) != nil {
		return nil, false
	}
	if !envAllowed(r.Name) || len(r.Name) > maxEnvName || len(r.Value) > maxEnvValue || release.Clean(r.Value, 0) != r.Value {
		return nil, false
	}
	if r.Name == "NO_COLOR" && r.Value != "" {
		r.Value = "1" // any value counts (no-color.org); the library below wants a true one
	}
	return gossh.Marshal(&r), true
}

func envAllowed(name string) bool {
	switch name {
	case "LANG", "COLORTERM", "NO_COLOR":
		return true
	}
	rest, ok := strings.CutPrefix(name, "LC_")
	if !ok {
		rest, ok = strings.CutPrefix(name, "SIGNALBOX_")
	}
	return ok && rest != "" && only(rest, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' })
}
