package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"signalbox/release/audit"
)

const size = 40

// checkpoints of the log under test stand after these sizes.
var sizes = []int64{10, 20, 30, 40}

func entry(seq int64, reason string) audit.Entry {
	return audit.Entry{Seq: seq, At: noon.Add(time.Duration(seq) * time.Second), Actor: "j.ruiz", Door: "ssh", Verb: "approve",
		Subject: fmt.Sprintf("CHG-%d", seq), Outcome: audit.Done, Reason: reason}
}

func sealed(t interface{ Fatal(...any) }, e audit.Entry) audit.Row {
	r, err := audit.NewRow(e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func filled(t interface{ Fatal(...any) }, n int) store {
	var s store
	for i := range n {
		s.append(t, sealed(t, entry(int64(i+1), "the evidence is complete")))
	}
	return s
}

// rebuilt is the log with its tree made anew from the leaves, as an attacker with the database would do.
func rebuilt(t interface{ Fatal(...any) }, rows []audit.Row) store {
	var s store
	for _, r := range rows {
		r.Leaf = audit.Leaf(r.Body)
		s.append(t, r)
	}
	return s
}

// log is the log under test with its checkpoints. Tampering works on a copy.
type log struct {
	store
	notes [][]byte
	key   note.Signer
	known note.Verifiers
}

func newLog(t interface{ Fatal(...any) }) log { return logOf(t, size, sizes...) }

func logOf(t interface{ Fatal(...any) }, entries int, signed ...int64) log {
	l := log{store: filled(t, entries)}
	signer, verifier := keys(t, "signalbox.test/log")
	l.key, l.known = signer, note.VerifierList(verifier)
	for _, n := range signed {
		l.notes = append(l.notes, l.sign(t, n, signer))
	}
	return l
}

func (l log) sign(t interface{ Fatal(...any) }, n int64, by note.Signer) []byte {
	root, err := tlog.TreeHash(n, l.store)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := audit.Checkpoint{Origin: "signalbox.test/log", Size: n, Root: root}.Sign(by)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (l log) copy() log {
	l.rows, l.hashes, l.notes = slices.Clone(l.rows), slices.Clone(l.hashes), slices.Clone(l.notes)
	for i := range l.rows {
		l.rows[i].Body = slices.Clone(l.rows[i].Body)
	}
	for i := range l.notes {
		l.notes[i] = slices.Clone(l.notes[i])
	}
	return l
}

func (l log) verify(t interface{ Fatal(...any) }) audit.Report {
	rep, err := audit.Verify(l.store, l.notes, l.known)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestCleanLogIsGood(t *testing.T) {
	l := newLog(t)
	rep := l.verify(t)
	root, err := tlog.TreeHash(size, l.store)
	if !rep.Good() || rep.Entries != size || rep.Checkpoints != 4 || rep.Signed != size || err != nil || rep.Root != root.String() {
		t.Errorf("%+v", rep)
	}
	if rep := (log{known: l.known}).verify(t); !rep.Good() || rep.Entries != 0 || rep.Findings == nil {
		t.Errorf("an empty log: %+v", rep)
	}
}

func TestSourceErrorsPass(t *testing.T) {
	gone := errors.New("the file is gone")
	if _, err := audit.Verify(broken{rows: gone}, nil, nil); !errors.Is(err, gone) {
		t.Error(err)
	}
	if _, err := audit.Verify(broken{hashes: gone}, nil, nil); !errors.Is(err, gone) {
		t.Error(err)
	}
}

type broken struct{ rows, hashes error }

func (b broken) Rows(func(audit.Row) error) error      { return b.rows }
func (b broken) Hashes(func(audit.Stored) error) error { return b.hashes }

// want is the finding that a tampering must give: its kind, the entries it names, and words of it.
type want struct {
	kind     string
	from, to int64
	says     string
}

func (w want) in(rep audit.Report) bool {
	return slices.ContainsFunc(rep.Findings, func(f audit.Finding) bool {
		return f.Kind == w.kind && f.From == w.from && f.To == w.to && strings.Contains(f.Sentence, w.says)
	})
}

// TestTamperings is SECURITY item 37 and CONTRACTS section 7 ("one byte"), on the first, a middle and the
// last entry. only lists every kind of finding that may be reported beside the one that must be.
func TestTamperings(t *testing.T) {
	clean := newLog(t)
	stranger, _ := keys(t, "signalbox.test/log")
	type tampering struct {
		name string
		do   func(l *log, n int64)
		want func(n int64) want
		only string
	}
	leaf := func(n int64) want { return want{"leaf", n, n, fmt.Sprintf("entry %d: its leaf differs", n)} }
	column := func(name string) func(int64) want {
		return func(n int64) want { return want{"column", n, n, "the column " + name + " differs"} }
	}
	covering := func(n int64) (from, to int64) { // the span between the checkpoints around an entry
		to = sizes[slices.IndexFunc(sizes, func(s int64) bool { return s >= n })]
		return to - 9, to
	}
	recomputed := func(says string) func(int64) want {
		return func(n int64) want { from, to := covering(n); return want{"recomputed", from, to, says} }
	}
	row := func(l *log, n int64) *audit.Row { return &l.rows[n-1] }
	list := []tampering{
		{"text", func(l *log, n int64) { row(l, n).Body = sealed(t, entry(n, "something else was said")).Body }, leaf, "leaf tree recomputed"},
		{"leaf", func(l *log, n int64) { row(l, n).Leaf[0] ^= 1 }, leaf, "leaf"},
		{"column seq", func(l *log, n int64) {
			row(l, n).Body = sealed(t, entry(n+100, "the evidence is complete")).Body
			row(l, n).Leaf = audit.Leaf(row(l, n).Body)
		}, column("seq"), "column tree recomputed"},
		{"column at", func(l *log, n int64) { row(l, n).At = row(l, n).At.Add(time.Microsecond) }, column("at"), "column"},
		{"column actor", func(l *log, n int64) { row(l, n).Actor += "x" }, column("actor"), "column"},
		{"column verb", func(l *log, n int64) { row(l, n).Verb = "reject" }, column("verb"), "column"},
		{"column subject", func(l *log, n int64) { row(l, n).Subject = "CHG-999" }, column("subject"), "column"},
		{"column outcome", func(l *log, n int64) { row(l, n).Outcome = audit.Refused }, column("outcome"), "column"},
		{"text and leaf", func(l *log, n int64) { *row(l, n) = sealed(t, entry(n, "something else was said")) },
			recomputed("an entry was changed, within"), "tree recomputed"},
		{"text, leaf and the whole tree", func(l *log, n int64) {
			*row(l, n) = sealed(t, entry(n, "something else was said"))
			l.store = rebuilt(t, l.rows)
		}, recomputed("the tree recomputed too"), "recomputed"},
		{"stored hash of the leaf", func(l *log, n int64) { l.hashes[tlog.StoredHashIndex(0, n-1)].Hash[31] ^= 1 },
			func(n int64) want { return want{"tree", n, n, fmt.Sprintf("over entry %d", n)} }, "tree"},
		{"an inner stored hash", func(l *log, n int64) { l.hashes[tlog.StoredHashIndex(1, (n-1)/2)].Hash[0] ^= 1 },
			func(n int64) want { from := (n-1)/2*2 + 1; return want{"tree", from, from + 1, "stored tree differs"} }, "tree"},
		{"a stored hash is gone", func(l *log, n int64) {
			i := tlog.StoredHashIndex(0, n-1)
			l.hashes = slices.Delete(l.hashes, int(i), int(i)+1)
		}, func(n int64) want { return want{"tree", n, n, fmt.Sprintf("over entry %d", n)} }, "tree"},
		{"a rebuilt log without the entry, its numbers closed up", func(l *log, n int64) {
			var rows []audit.Row
			for _, r := range slices.Delete(l.rows, int(n-1), int(n)) {
				e, err := r.Entry()
				if err != nil {
					t.Fatal(err)
				}
				e.Seq = int64(len(rows) + 1)
				rows = append(rows, sealed(t, e))
			}
			l.store = rebuilt(t, rows)
		}, func(int64) want {
			return want{"cut", 40, 40, "40 entries and the last that is left is 39; entry 40 gone"}
		}, "cut recomputed"},
		{"an entry too many", func(l *log, n int64) { l.rows = append(l.rows, sealed(t, entry(size+1, "forged"))) },
			func(int64) want { return want{"tree", size + 1, size + 1, "the stored tree ends before entry 41"} }, "tree"},
		{"inserted, with every later number moved and the tree rebuilt", func(l *log, n int64) {
			rows := slices.Clone(l.rows[:n-1])
			rows = append(rows, sealed(t, entry(n, "forged")))
			for _, r := range l.rows[n-1:] {
				e, err := r.Entry()
				if err != nil {
					t.Fatal(err)
				}
				e.Seq++
				rows = append(rows, sealed(t, e))
			}
			l.store = rebuilt(t, rows)
		}, recomputed("the tree recomputed too"), "recomputed"},
	}
	for _, c := range list {
		for _, n := range []int64{1, 17, size} {
			t.Run(fmt.Sprintf("%s of entry %d", c.name, n), func(t *testing.T) {
				l := clean.copy()
				c.do(&l, n)
				rep := l.verify(t)
				if w := c.want(n); !w.in(rep) {
					t.Errorf("want %+v, found %+v", w, rep.Findings)
				}
				for _, f := range rep.Findings {
					if !slices.Contains(strings.Fields(c.only), f.Kind) {
						t.Errorf("found besides: %+v", f)
					}
				}
			})
		}
	}
	t.Run("deleted", func(t *testing.T) {
		for _, n := range []int64{1, 17, 39} {
			l := clean.copy()
			l.rows = slices.Delete(l.rows, int(n-1), int(n))
			rep := l.verify(t)
			from, to := covering(n)
			if !(want{"missing", n, n, fmt.Sprintf("entry %d missing", n)}).in(rep) || !(want{"recomputed", from, to, "an entry is missing"}).in(rep) {
				t.Errorf("entry %d: %+v", n, rep.Findings)
			}
			if slices.ContainsFunc(rep.Findings, func(f audit.Finding) bool { return f.Kind == "cut" }) {
				t.Errorf("entry %d was taken from the middle and the log is said to be cut: %+v", n, rep.Findings)
			}
			if rep.Signed != from-1 {
				t.Errorf("entry %d: signed to %d, want %d", n, rep.Signed, from-1)
			}
		}
	})
	t.Run("swapped", func(t *testing.T) {
		l := clean.copy()
		a, b := row(&l, 5), row(&l, 25)
		a.Body, b.Body, a.Leaf, b.Leaf = b.Body, a.Body, b.Leaf, a.Leaf
		rep := l.verify(t)
		if !(want{"column", 5, 5, "seq"}).in(rep) || !(want{"column", 25, 25, "seq"}).in(rep) || !(want{"tree", 5, 5, ""}).in(rep) {
			t.Errorf("%+v", rep.Findings)
		}
	})
	t.Run("out of order", func(t *testing.T) {
		l := clean.copy()
		l.rows[4], l.rows[5] = l.rows[5], l.rows[4]
		rep := l.verify(t)
		if !(want{"missing", 5, 5, "entry 5 missing"}).in(rep) || !(want{"missing", 5, 5, "entry 5 stands out of order"}).in(rep) ||
			slices.ContainsFunc(rep.Findings, func(f audit.Finding) bool { return f.Kind == "missing" && f.From > 5 }) {
			t.Errorf("%+v", rep.Findings)
		}
	})
	t.Run("tail cut", func(t *testing.T) {
		l := clean.copy()
		l.rows = l.rows[:33]
		if rep := l.verify(t); !(want{"cut", 34, 40, "checkpoint 4 was signed over 40 entries and the last that is left is 33; entries 34 to 40 gone"}).in(rep) ||
			!(want{"tree", 34, 34, "goes on after entry 33"}).in(rep) {
			t.Errorf("rows only: %+v", rep.Findings)
		}
		l.hashes = l.hashes[:tlog.StoredHashCount(33)]
		if rep := l.verify(t); len(rep.Findings) != 1 || !(want{"cut", 34, 40, ""}).in(rep) || rep.Signed != 30 || rep.Checkpoints != 4 {
			t.Errorf("rows and tree: %+v", rep)
		}
		l.rows, l.hashes = nil, nil
		if rep := l.verify(t); !(want{"cut", 1, 10, "entries 1 to 10 gone"}).in(rep) {
			t.Errorf("all of it: %+v", rep)
		}
	})
	t.Run("checkpoint of an unknown key", func(t *testing.T) {
		l := clean.copy()
		l.notes[1] = l.sign(t, 20, stranger)
		if rep := l.verify(t); len(rep.Findings) != 1 || !(want{"signature", 0, 0, "checkpoint 2 is not signed"}).in(rep) || rep.Signed != size {
			t.Errorf("%+v", rep)
		}
	})
	t.Run("checkpoint over another log, by the right key", func(t *testing.T) {
		l := clean.copy()
		other := log{store: filled(t, 20)}
		other.rows[3] = sealed(t, entry(4, "another history"))
		other.store = rebuilt(t, other.rows)
		l.notes[1] = other.sign(t, 20, l.key)
		if rep := l.verify(t); len(rep.Findings) != 1 || !(want{"recomputed", 11, 20, "checkpoint 2 (size 20)"}).in(rep) {
			t.Errorf("%+v", rep)
		}
	})
}

// Every byte of the text of the first, a middle and the last entry, one bit each.
func TestEveryByteOfTheText(t *testing.T) {
	clean := logOf(t, 3, 3)
	for _, n := range []int64{1, 2, 3} {
		for i := range clean.rows[n-1].Body {
			l := clean.copy()
			l.rows[n-1].Body[i] ^= 1 << (i % 8)
			if rep := l.verify(t); !(want{"leaf", n, n, ""}).in(rep) {
				t.Fatalf("entry %d, byte %d: %+v", n, i, rep.Findings)
			}
		}
	}
}

// Every byte of the checkpoint file.
func TestEveryByteOfACheckpoint(t *testing.T) {
	clean := logOf(t, 3, 1, 2, 3)
	for i := range clean.notes[1] {
		l := clean.copy()
		l.notes[1][i] ^= 0x10
		if rep := l.verify(t); len(rep.Findings) != 1 || !(want{"signature", 0, 0, "checkpoint 2"}).in(rep) || rep.Signed != 3 {
			t.Fatalf("byte %d: %+v", i, rep.Findings)
		}
	}
}

// Any edit that leaves any row, leaf or hash different is found.
func TestAnyTamperingIsFound(t *testing.T) {
	clean := newLog(t)
	rapid.Check(t, func(t *rapid.T) {
		l := clean.copy()
		at := func(n int, name string) int { return rapid.IntRange(0, n-1).Draw(t, name) }
		for range rapid.IntRange(1, 3).Draw(t, "acts") {
			switch rapid.SampledFrom([]string{"delete", "swap", "duplicate", "text", "hash", "truncate"}).Draw(t, "act") {
			case "delete":
				l.rows = slices.Delete(l.rows, at(len(l.rows), "n"), len(l.rows))
			case "swap":
				i := at(len(l.rows)-1, "n")
				l.rows[i], l.rows[i+1] = l.rows[i+1], l.rows[i]
			case "duplicate":
				i := at(len(l.rows), "n")
				l.rows = slices.Insert(l.rows, i, l.rows[i])
			case "text":
				i := at(len(l.rows), "n")
				l.rows[i] = sealed(t, entry(l.rows[i].Seq, rapid.StringMatching(`[a-z]{5}`).Draw(t, "reason")))
			case "hash":
				l.hashes[at(len(l.hashes), "n")].Hash[0]++
			case "truncate":
				n := 1 + at(len(l.rows), "n")
				l.rows, l.hashes = l.rows[:n], l.hashes[:min(len(l.hashes), int(tlog.StoredHashCount(int64(n))))]
			}
			if len(l.rows) < 2 {
				break
			}
		}
		same := slices.EqualFunc(l.rows, clean.rows, func(a, b audit.Row) bool { return a.Seq == b.Seq && a.Leaf == b.Leaf }) && slices.Equal(l.hashes, clean.hashes)
		if rep := l.verify(t); rep.Good() != same {
			t.Fatalf("good %v, same %v: %+v", rep.Good(), same, rep.Findings)
		}
	})
}

// What no checkpoint covers yet can be cut without a trace: the report says how far the log is signed.
func TestUnsignedTailIsSaid(t *testing.T) {
	l := newLog(t)
	l.notes = l.notes[:3]
	if rep := l.verify(t); !rep.Good() || rep.Signed != 30 || rep.Entries != size {
		t.Errorf("%+v", rep)
	}
}
