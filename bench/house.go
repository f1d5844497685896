package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"signalbox/connectors/backstage"
	"signalbox/connectors/csv"
	"signalbox/connectors/github"
	"signalbox/connectors/organisation"
	"signalbox/control"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/port"
	"signalbox/release/verb"
	"signalbox/sshserver"
	"signalbox/store"
	"signalbox/tui"

	tea "charm.land/bubbletea/v2"
)

// hookSecret signs the deliveries.
const hookSecret = "a secret of the benchmark's own, of forty bytes"

// house is the example company over a store of its own, as `signalbox serve` joins them but for jobs to the
// outside.
type house struct {
	dir     string
	store   *counted
	control *control.Control
	hook    port.Receiver
	private []byte // the key of the person who looks, in PEM
	people  map[string]*access.Person
	actors  map[string]access.Actor
	stop    func()
}

// counted is a store whose readings are counted.
type counted struct {
	port.Store
	reads, writes atomic.Int64
}

func (c *counted) Read(ctx context.Context, fn func(port.Reader) error) error {
	c.reads.Add(1)
	return c.Store.Read(ctx, fn)
}

func (c *counted) Write(ctx context.Context, fn func(port.Tx) error) error {
	c.writes.Add(1)
	return c.Store.Write(ctx, fn)
}

func clock() time.Time { return time.Now().UTC() }

// newHouse builds it below dir. root is the directory of the module.
func newHouse(ctx context.Context, root, dir string) (*house, error) {
	h := &house{dir: dir, people: map[string]*access.Person{}, actors: map[string]access.Actor{}}
	hub, log := control.NewHub(), slog.New(slog.DiscardHandler)
	st, err := store.Create(ctx, store.Options{Path: filepath.Join(dir, "signalbox.db"), Publisher: hub, Now: clock, Log: log})
	if err != nil {
		return nil, err
	}
	h.store = &counted{Store: st}
	secret, public, err := note.GenerateKey(rand.Reader, "signalbox-audit")
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	if h.hook, err = github.New(github.Config{Name: "github", Secrets: [][]byte{[]byte(hookSecret)}}); err != nil {
		return nil, err
	}
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Receivers: []port.Receiver{h.hook},
		Feeds: []feed.Status{{Name: "github", Type: "github", Kind: feed.Push, ExpectEvery: time.Hour}}}
	h.control = control.New(control.Options{Store: h.store, Hub: hub, Now: clock, Rand: rand.Reader, Log: log, Version: "bench", Process: "bench", Wiring: w,
		CSV: csv.Write, Checkpoints: store.NewCheckpointFile(filepath.Join(dir, "checkpoints")), Signer: signer, VerifierKey: public,
		Importers: map[string]control.Importer{
			"backstage":    func(path string, _ map[string][]string) (fact.Fact, error) { return backstage.Read(path) },
			"organisation": func(path string, _ map[string][]string) (fact.Fact, error) { return organisation.Read(path) },
		}})
	local := access.Actor{Name: "os:operator", Door: access.Local}
	catalogs := filepath.Join(root, "testdata", "catalogs", "example")
	for _, c := range []verb.Call{{Verb: "init"}, {Verb: "import organisation", Args: []string{filepath.Join(catalogs, "organisation.yaml")}},
		{Verb: "import backstage", Args: []string{catalogs}}} {
		c.Actor = local
		if _, err := h.control.Do(ctx, c); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Verb, err)
		}
	}
	for id, roles := range map[string][]string{"you": {"admin", "approver", "coordinator", "auditor"}, "k.ito": {"developer"}, "j.ruiz": {"developer", "approver"}, "p.lind": {"approver"}} {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		key, err := ssh.NewSignerFromKey(private)
		if err != nil {
			return nil, err
		}
		if id == "you" {
			block, err := ssh.MarshalPrivateKey(private, "bench")
			if err != nil {
				return nil, err
			}
			h.private = pem.EncodeToMemory(block)
		}
		if _, err := h.control.Do(ctx, verb.Call{Verb: "person add", Actor: local, Args: []string{id},
			Flags: map[string][]string{"role": roles, "link": {"github:" + strings.ReplaceAll(id, ".", "")}, "key": {string(ssh.MarshalAuthorizedKey(key.PublicKey()))}}}); err != nil {
			return nil, fmt.Errorf("person add %s: %w", id, err)
		}
		fingerprint := ssh.FingerprintSHA256(key.PublicKey())
		if h.people[id], err = h.control.PersonByKey(ctx, fingerprint); err != nil {
			return nil, err
		}
		h.actors[id] = access.Actor{Person: access.PersonID(id), Door: access.SSH, Fingerprint: fingerprint}
	}
	if err := h.control.Rewire(ctx, w); err != nil {
		return nil, err
	}
	for _, f := range [][5]string{
		{"k.ito", "payments-api", "4.12.0", "normal", "Raise the retry cap and capture asynchronously behind a flag"},
		{"j.ruiz", "checkout-web", "2026.47.1", "emergency", "Cache key lost the currency"},
		{"k.ito", "search", "7.2.0", "normal", "New synonyms for the winter range"},
		{"j.ruiz", "status-page", "3.1.0", "normal", "Show the maintenance window in the reader's zone"},
	} {
		if _, err := h.change(ctx, f[0], f[1], f[2], f[3], f[4]); err != nil {
			return nil, err
		}
	}
	for i, service := range []string{"store-bff", "product-catalog", "mobile-gw", "profile-api", "fraud-score", "ledger", "invoice-run", "identity", "edge-gw", "notify-svc", "search", "ledger"} {
		if _, err := h.change(ctx, "k.ito", service, fmt.Sprintf("5.%d.0", i), "normal", "Another change of the benchmark's company"); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	worked := make(chan struct{})
	go func() { h.control.Run(ctx); close(worked) }()
	h.stop = func() { stop(); <-worked; _ = h.store.Close() }
	return h, nil
}

// change drafts and submits one, and returns its id.
func (h *house) change(ctx context.Context, who, service, version, kind, title string) (string, error) {
	digest := sha256.Sum256([]byte(service + version))
	a, err := h.control.Do(ctx, verb.Call{Verb: "change draft", Actor: h.actors[who], Flags: map[string][]string{"service": {service}, "environment": {"production"},
		"version": {version}, "kind": {kind}, "title": {title}, "digest": {"sha256:" + hex.EncodeToString(digest[:])}}})
	if err != nil {
		return "", fmt.Errorf("change draft %s: %w", service, err)
	}
	var b bytes.Buffer
	if err := verb.Write(&b, a, true); err != nil {
		return "", err
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(b.Bytes(), &made); err != nil {
		return "", err
	}
	_, err = h.control.Do(ctx, verb.Call{Verb: "change submit", Actor: h.actors[who], Args: []string{made.ID}})
	return made.ID, err
}

// model is the screen of one session, as `serve` makes it.
func (h *house) model(s sshserver.Session) (tea.Model, []tea.ProgramOption) {
	world := h.control.Open(s.Actor, s.Person, control.Caller{From: s.From, End: s.End})
	go func() {
		<-s.Done
		world.Close()
	}()
	o := tui.Look(s.Term, s.Env)
	o.Theme, o.Host, o.Start, o.Width, o.Height = "dark", "bench", []string{"queue"}, s.Width, s.Height
	return tui.New(world, o), nil
}
