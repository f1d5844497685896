package audit_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"signalbox/release/audit"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestCanonical(t *testing.T) {
	e := audit.Entry{Seq: 7, At: noon.Add(123456789 * time.Nanosecond).In(time.FixedZone("east", 8*3600)), Actor: "j.ruiz", Door: "ssh",
		Verb: "approve", Subject: "CHG-1", Outcome: audit.Done, Reason: "1 < 2 & \"ok\" \u20ac \u2028 \\", Detail: map[string]string{"\U0001F600": "smiley", "\uFB33": "dalet", "b": "2", "a": "1"}}
	// RFC 8785 section 3.2.3 sorts keys by UTF-16 units: the smiley's surrogates come before U+FB33.
	want := `{"actor":"j.ruiz","at":"2026-11-24T12:00:00.123456Z","detail":{"a":"1","b":"2","` + "\U0001F600" + `":"smiley","` + "\uFB33" +
		`":"dalet"},"door":"ssh","outcome":"done","reason":"1 < 2 & \"ok\" ` + "\u20ac \u2028" + ` \\","seq":7,"subject":"CHG-1","verb":"approve"}`
	got, err := e.Canonical()
	if err != nil || string(got) != want {
		t.Errorf("canonical form is\n%s, %v\nwant\n%s", got, err, want)
	}
}

func TestCanonicalSurvivesReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := audit.Entry{Seq: rapid.Int64Range(1, 1<<53).Draw(t, "seq"), At: time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")),
			Actor: rapid.String().Draw(t, "actor"), Verb: rapid.String().Draw(t, "verb"), Reason: rapid.String().Draw(t, "reason"),
			Revision: rapid.Int64Range(0, 1<<53).Draw(t, "revision"), Detail: rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "detail")}
		r, err := audit.NewRow(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := r.Entry()
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.Canonical()
		if err != nil || string(again) != string(r.Body) {
			t.Fatalf("%s reads back as %s, %v", r.Body, again, err)
		}
		if !json.Valid(r.Body) || !r.At.Equal(back.At) || r.Leaf != audit.Leaf(r.Body) {
			t.Fatalf("the row differs from its body: %+v", r)
		}
	})
}

// The vectors are those of Certificate Transparency's reference tree (RFC 6962): its first leaves and roots.
func TestTreeIsRFC6962(t *testing.T) {
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var s store
	for i, l := range leaves {
		body, _ := hex.DecodeString(l)
		if got, want := audit.Leaf(body), sha256.Sum256(append([]byte{0}, body...)); got != want {
			t.Errorf("leaf %d is %x, want %x", i, got, want)
		}
		s.append(t, audit.Row{Seq: int64(i + 1), Body: body, Leaf: audit.Leaf(body)})
		root, err := tlog.TreeHash(int64(i+1), s)
		if err != nil || hex.EncodeToString(root[:]) != roots[i] {
			t.Errorf("the tree of %d leaves has root %x, %v; want %s", i+1, root, err, roots[i])
		}
	}
}

// store is a log in memory: what a database keeps of it.
type store struct {
	rows   []audit.Row
	hashes []audit.Stored
}

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = s.hashes[x].Hash
	}
	return out, nil
}

func (s store) Rows(each func(audit.Row) error) error {
	for _, r := range s.rows {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (s store) Hashes(each func(audit.Stored) error) error {
	for _, h := range s.hashes {
		if err := each(h); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) append(t interface{ Fatal(...any) }, r audit.Row) {
	add, err := audit.Append(r, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range add {
		if h.Index != int64(len(s.hashes)+i) {
			t.Fatal("the indexes of stored hashes have a gap")
		}
	}
	s.rows, s.hashes = append(s.rows, r), append(s.hashes, add...)
}

// Append one by one gives the tree that tlog makes of all leaves.
func TestAppendEqualsTlog(t *testing.T) {
	s := filled(t, 100)
	if n := tlog.StoredHashCount(100); int64(len(s.hashes)) != n {
		t.Fatalf("%d hashes are stored, want %d", len(s.hashes), n)
	}
	var hash func(lo, hi int) tlog.Hash
	hash = func(lo, hi int) tlog.Hash { // RFC 6962 section 2.1, by its recursion
		if hi-lo == 1 {
			return s.rows[lo].Leaf
		}
		k := 1
		for k*2 < hi-lo {
			k *= 2
		}
		return tlog.NodeHash(hash(lo, lo+k), hash(lo+k, hi))
	}
	for n := 1; n <= 100; n++ {
		root, err := tlog.TreeHash(int64(n), s)
		if err != nil || root != hash(0, n) {
			t.Fatalf("the tree of %d differs, %v", n, err)
		}
	}
}

func keys(t interface{ Fatal(...any) }, name string) (note.Signer, note.Verifier) {
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func TestCheckpointRoundTrip(t *testing.T) {
	signer, verifier := keys(t, "signalbox.test/log")
	c := audit.Checkpoint{Origin: "signalbox.test/log", Size: 40, Root: audit.Leaf([]byte("x"))}
	if want := "signalbox.test/log\n40\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"; c.Text() != want {
		t.Errorf("the body is %q, want %q", c.Text(), want)
	}
	signed, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := audit.ParseCheckpoint(signed, note.VerifierList(verifier))
	if err != nil || got != c {
		t.Errorf("reads back as %+v, %v", got, err)
	}
	_, stranger := keys(t, "signalbox.test/log")
	if _, err := audit.ParseCheckpoint(signed, note.VerifierList(stranger)); err == nil {
		t.Error("a checkpoint by an unknown key is taken")
	}
	for i := range signed {
		bad := append([]byte{}, signed...)
		bad[i] ^= 1
		if got, err := audit.ParseCheckpoint(bad, note.VerifierList(verifier)); err == nil && got != c {
			t.Errorf("byte %d changed and it reads as %+v", i, got)
		}
	}
}

func TestParseCheckpointWantsTheForm(t *testing.T) {
	signer, verifier := keys(t, "k")
	root := "dy4QVR1Z9wHnkIuNWU1pyzUz2aJ5YtCUKc8dkkgbwXA="
	for text, good := range map[string]bool{
		"o\n40\n" + root + "\n":                   true,
		"o\n40\n" + root + "\nextension\n":        true,
		"\n40\n" + root + "\n":                    false,
		"o\n040\n" + root + "\n":                  false,
		"o\n-1\n" + root + "\n":                   false,
		"o\n+1\n" + root + "\n":                   false,
		"o\n\n" + root + "\n":                     false,
		"o\n40\nAAAA\n":                           false,
		"o\n40\n!" + root[1:] + "\n":              false,
		"o\n40\n":                                 false,
		"o\n99999999999999999999\n" + root + "\n": false,
	} {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.ParseCheckpoint(signed, note.VerifierList(verifier)); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSplitNotes(t *testing.T) {
	signer, verifier := keys(t, "k")
	var file strings.Builder
	var want []string
	for n := range int64(3) {
		signed, err := audit.Checkpoint{Origin: "o", Size: n}.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		file.Write(signed)
		file.WriteString("\n")
		want = append(want, string(signed))
	}
	whole := file.String()
	// A process may die after any byte. What is whole must be read, what is torn must be told apart, and
	// nothing may be lost between the two.
	for cut := range len(whole) + 1 {
		notes, rest, err := audit.SplitNotes(strings.NewReader(whole[:cut]))
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for i, n := range notes {
			if string(n) != want[i] {
				t.Fatalf("cut at %d: note %d is %q", cut, i, n)
			}
			if _, err := audit.ParseCheckpoint(n, note.VerifierList(verifier)); err != nil {
				t.Fatalf("cut at %d: note %d: %v", cut, i, err)
			}
			size += len(n) + 1
		}
		if left := cut - size - len(rest); left != 0 && left != -1 { // -1: the last note's blank line is not written yet
			t.Fatalf("cut at %d: %d notes and %d bytes of rest", cut, len(notes), len(rest))
		}
		if full := strings.Count(whole[:cut], "— "); len(rest) == 0 && len(notes) != full {
			t.Fatalf("cut at %d: %d notes of %d, nothing torn", cut, len(notes), full)
		}
	}
}
