// Package audit owns the log of what was done and refused: the entry and its canonical form, the Merkle
// tree over all entries (RFC 6962), the signed checkpoint (C2SP tlog-checkpoint), and the verification that
// names what was tampered with. There is one log and no second chain. It does no I/O: stores and files come
// as arguments.
package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"
	"golang.org/x/mod/sumdb/tlog"

	"signalbox/release/access"
)

// Outcome of the act that an entry records.
type Outcome string

const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Entry is one act. Seq counts from 1 without gaps; the leaf of entry n has index n-1 in the tree. The
// store sets Seq; everything else is the caller's.
type Entry struct {
	Seq         int64             `json:"seq"`
	At          time.Time         `json:"at"` // UTC, microseconds
	Actor       string            `json:"actor"`
	Door        access.Door       `json:"door"`
	Fingerprint string            `json:"fingerprint,omitempty"`
	Verb        string            `json:"verb"`
	Subject     string            `json:"subject"`
	Outcome     Outcome           `json:"outcome"`
	ReasonCode  string            `json:"reason_code,omitempty"`
	Reason      string            `json:"reason,omitempty"`  // why it was done, or why it was refused
	Summary     string            `json:"summary,omitempty"` // one line, as the ticker shows it
	Revision    int64             `json:"revision,omitempty"`
	Policy      string            `json:"policy,omitempty"`
	Detail      map[string]string `json:"detail,omitempty"`
}

// Canonical returns the entry as canonical JSON (RFC 8785): the bytes that are hashed and stored.
func (e Entry) Canonical() ([]byte, error) {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("audit entry: %w", err)
	}
	return jcs.Transform(raw)
}

// Leaf is the leaf hash of an entry's canonical bytes (RFC 6962 section 2.1: SHA-256 of 0x00 and the bytes).
func Leaf(body []byte) tlog.Hash { return tlog.RecordHash(body) }

// Row is an entry as a store keeps it: the canonical bytes, their leaf hash, and the columns by which it
// is found, which repeat what the body says.
type Row struct {
	Seq     int64
	At      time.Time
	Actor   string
	Verb    string
	Subject string
	Outcome Outcome
	Body    []byte
	Leaf    tlog.Hash
}

// NewRow seals an entry that has its Seq.
func NewRow(e Entry) (Row, error) {
	body, err := e.Canonical()
	if err != nil {
		return Row{}, err
	}
	return Row{Seq: e.Seq, At: e.At.UTC().Truncate(time.Microsecond), Actor: e.Actor, Verb: e.Verb,
		Subject: e.Subject, Outcome: e.Outcome, Body: body, Leaf: Leaf(body)}, nil
}

// Entry reads the sealed body.
func (r Row) Entry() (Entry, error) {
	var e Entry
	if err := json.Unmarshal(r.Body, &e); err != nil {
		return e, fmt.Errorf("audit entry %d: %w", r.Seq, err)
	}
	return e, nil
}

// Stored is one hash of the tree at its storage index (tlog.StoredHashIndex).
type Stored struct {
	Index int64
	Hash  tlog.Hash
}

// Append returns the hashes that the entry with Seq adds to the tree, with their storage indexes. read
// gives hashes that are stored already.
func Append(r Row, read tlog.HashReader) ([]Stored, error) {
	hashes, err := tlog.StoredHashesForRecordHash(r.Seq-1, r.Leaf, read)
	if err != nil {
		return nil, fmt.Errorf("audit tree: %w", err)
	}
	first := tlog.StoredHashIndex(0, r.Seq-1)
	out := make([]Stored, len(hashes))
	for i, h := range hashes {
		out[i] = Stored{first + int64(i), h}
	}
	return out, nil
}
