package audit

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Source is a log to verify, read in one consistent snapshot.
type Source interface {
	// Rows calls each for every stored entry in order of Seq.
	Rows(each func(Row) error) error
	// Hashes calls each for every stored hash of the tree in order of its index.
	Hashes(each func(Stored) error) error
}

// Finding is one thing that is wrong, in words that name the place.
type Finding struct {
	Kind     string `json:"kind"` // missing, leaf, column, body, tree, cut, recomputed, signature
	From     int64  `json:"from"` // first entry concerned, 0 if none
	To       int64  `json:"to"`   // last entry concerned
	Sentence string `json:"sentence"`
}

// Report is the outcome of a verification. Good means that nothing was found.
type Report struct {
	Entries     int64     `json:"entries"`
	Checkpoints int       `json:"checkpoints"`
	Signed      int64     `json:"signed"` // entries under the newest good checkpoint
	Root        string    `json:"root"`
	Findings    []Finding `json:"findings"`
}

// Good reports whether the log verifies.
func (r Report) Good() bool { return len(r.Findings) == 0 }

// memory is the tree recomputed from the bodies.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(m)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = m[x]
	}
	return out, nil
}

// Verify checks the leaves against the bodies, the columns against the bodies, the stored tree against the
// leaves, and every checkpoint against the tree (CONTRACTS section 6). signed are the notes of the
// checkpoint file in order, known the keys that may sign. The error is the source's own.
func Verify(src Source, signed [][]byte, known note.Verifiers) (Report, error) {
	var rep Report
	rep.Findings = []Finding{}
	find := func(kind string, from, to int64, format string, args ...any) {
		rep.Findings = append(rep.Findings, Finding{kind, from, to, fmt.Sprintf(format, args...)})
	}
	var tree memory
	next := int64(1)
	leaves := 0
	hole := int64(0) // the first entry that is missing
	err := src.Rows(func(r Row) error {
		if r.Seq != next {
			if r.Seq > next {
				find("missing", next, r.Seq-1, "%s missing: the log goes from %d to %d", span(next, r.Seq-1), next-1, r.Seq)
				if hole == 0 {
					hole = next
				}
			} else {
				find("missing", r.Seq, r.Seq, "entry %d stands out of order", r.Seq)
			}
		}
		next = max(next, r.Seq+1)
		leaf := Leaf(r.Body)
		if leaf != r.Leaf {
			find("leaf", r.Seq, r.Seq, "entry %d: its leaf differs from its text; the text or the leaf was changed", r.Seq)
		}
		if col := differs(r); col != "" {
			find("column", r.Seq, r.Seq, "entry %d: %s", r.Seq, col)
		}
		hashes, err := tlog.StoredHashesForRecordHash(int64(leaves), leaf, tree)
		if err != nil {
			return fmt.Errorf("audit verify: %w", err)
		}
		tree = append(tree, hashes...)
		leaves++
		return nil
	})
	if err != nil {
		return rep, err
	}
	rep.Entries = int64(leaves)
	whole := len(rep.Findings) == 0

	at, treeBad := int64(0), false
	err = src.Hashes(func(s Stored) error {
		if treeBad {
			return nil
		}
		if s.Index == at && at == int64(len(tree)) {
			treeBad = true
			find("tree", rep.Entries+1, rep.Entries+1, "the stored tree goes on after entry %d, the last: entries after it are gone", rep.Entries)
			return nil
		}
		if s.Index != at || tree[s.Index] != s.Hash {
			treeBad = true
			level, n := tlog.SplitStoredHashIndex(at)
			from, to := n<<level+1, (n+1)<<level
			find("tree", from, to, "the stored tree differs from the entries at hash %d, over %s", at, span(from, to))
		}
		at++
		return nil
	})
	if err != nil {
		return rep, err
	}
	if !treeBad && at != int64(len(tree)) {
		treeBad = true
		sealed := rep.Entries // the entries that the stored tree holds
		for tlog.StoredHashCount(sealed) > at {
			sealed--
		}
		find("tree", sealed+1, rep.Entries, "the stored tree ends before %s", span(sealed+1, rep.Entries))
	}

	lastGood := int64(0)
	cut, recomputed := false, false
	for i, raw := range signed {
		rep.Checkpoints++
		c, err := ParseCheckpoint(raw, known)
		if err != nil {
			find("signature", 0, 0, "checkpoint %d is not signed by a registered key or is damaged", i+1)
			continue
		}
		if last := next - 1; c.Size > last {
			if !cut {
				cut = true
				find("cut", last+1, c.Size, "the log was cut: checkpoint %d was signed over %d entries and the last that is left is %d; %s gone",
					i+1, c.Size, last, span(last+1, c.Size))
			}
			continue
		}
		if c.Size <= rep.Entries { // fewer are left where some are missing in between
			root, err := tlog.TreeHash(c.Size, tree)
			if err != nil {
				return rep, fmt.Errorf("audit verify: %w", err)
			}
			if root == c.Root {
				lastGood = max(lastGood, c.Size)
				continue
			}
		}
		if !recomputed {
			recomputed = true
			what := "an entry was changed"
			switch {
			case hole > 0 && hole <= c.Size:
				what = "an entry is missing"
			case whole && !treeBad:
				what = "an entry was changed and the tree recomputed too"
			}
			find("recomputed", min(lastGood+1, c.Size), c.Size,
				"checkpoint %d (size %d) is the first that does not match: %s, within %s", i+1, c.Size, what, span(min(lastGood+1, c.Size), c.Size))
		}
	}
	rep.Signed = lastGood
	if root, err := tlog.TreeHash(rep.Entries, tree); err == nil {
		rep.Root = root.String()
	}
	return rep, nil
}

func differs(r Row) string {
	e, err := r.Entry()
	if err != nil {
		return "its text cannot be read"
	}
	if again, err := e.Canonical(); err != nil || !bytes.Equal(again, r.Body) {
		return "its text is not in canonical form"
	}
	for _, c := range []struct {
		name string
		same bool
	}{
		{"seq", e.Seq == r.Seq}, {"at", e.At.Equal(r.At)}, {"actor", e.Actor == r.Actor}, {"verb", e.Verb == r.Verb},
		{"subject", e.Subject == r.Subject}, {"outcome", e.Outcome == r.Outcome},
	} {
		if !c.same {
			return "the column " + c.name + " differs from its sealed text"
		}
	}
	return ""
}

func span(from, to int64) string {
	if from == to {
		return fmt.Sprintf("entry %d", from)
	}
	return fmt.Sprintf("entries %d to %d", from, to)
}
