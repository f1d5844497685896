package audit

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says that a log of Size entries had Root (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// Text is the checkpoint's body: origin, size in decimal, root in base64, a line each.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Sign returns the checkpoint as a signed note (C2SP signed-note), one signature.
func (c Checkpoint) Sign(key note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, key)
}

// ParseCheckpoint opens a signed note and reads its body. It fails where no signature by a known key is
// good.
func ParseCheckpoint(signed []byte, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open(signed, known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return parseText(n.Text)
}

func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, errors.New("checkpoint: not origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint: %q is not a size", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("checkpoint: %q is not a root", lines[2])
	}
	c := Checkpoint{Origin: lines[0], Size: size}
	copy(c.Root[:], root)
	return c, nil
}

// SplitNotes cuts a file of signed notes, each followed by a blank line, into the notes. A torn last note
// (the process died while it wrote) is returned as rest: who appends next cuts the file back by that much
// first, or the next note is spoilt too.
func SplitNotes(r io.Reader) (notes [][]byte, rest []byte, err error) {
	in := bufio.NewReader(r)
	var cur bytes.Buffer
	signed := false
	for {
		line, rerr := in.ReadString('\n')
		switch {
		case line == "\n" && signed:
			notes = append(notes, bytes.Clone(cur.Bytes()))
			cur.Reset()
			signed = false
		default:
			cur.WriteString(line)
			signed = signed || (strings.HasPrefix(line, "— ") && strings.HasSuffix(line, "\n"))
		}
		if errors.Is(rerr, io.EOF) {
			if signed {
				return append(notes, cur.Bytes()), nil, nil
			}
			return notes, cur.Bytes(), nil
		}
		if rerr != nil {
			return notes, cur.Bytes(), rerr
		}
	}
}
