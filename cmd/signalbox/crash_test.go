package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/fact"
	"signalbox/release/port"
	"signalbox/release/verb"
	"signalbox/store/storetest"
)

// pending puts n changes for the artist's site on the queue, through the front of control, and returns the
// ids of all that wait. The label makes their digests new.
func (b *box) pending(label string, n int) []string {
	b.t.Helper()
	o := options{data: b.dir, database: b.database}
	h, err := o.open(context.Background(), false, logger(os.Stderr))
	if err != nil {
		b.t.Fatal(err)
	}
	defer h.Close()
	var wg sync.WaitGroup
	var first atomic.Pointer[error]
	for w := range 8 {
		wg.Go(func() {
			for i := w; i < n; i += 8 {
				id := fmt.Sprintf("%s-%d", label, i)
				_, err := h.control.Ingest(context.Background(), "github", port.Delivery{ID: id, Event: "deployment"}, []fact.Fact{requestFor(id)})
				if err != nil {
					first.CompareAndSwap(nil, &err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := first.Load(); err != nil {
		b.t.Fatal(*err)
	}
	if err := h.control.Checkpoint(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	return b.inState(h, change.Requested)
}

func (b *box) inState(h *house, s change.State) []string {
	b.t.Helper()
	var ids []string
	err := h.store.Read(context.Background(), func(r port.Reader) error {
		ids = nil
		list, err := r.ChangesIn(context.Background(), s)
		for _, c := range list {
			ids = append(ids, c.ID)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return ids
}

func requestFor(id string) fact.Fact {
	return fact.DeployRequested{
		Place: fact.Place{Forge: "github.com", Repo: artistRepo}, ExternalID: id, Environment: "production", Version: id,
		Digest: digestOf(id), Commit: "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", Title: "deploy",
		By: []access.Identity{{System: "github", Value: "codertocat"}}, At: clock(),
	}
}

// approvers sends approvals of the ids over SSH from several connections until all are sent or the server
// is gone, and calls acknowledged for each that came back with status 0.
func (s *server) approvers(key string, ids []string, acknowledged func(id string)) {
	s.t.Helper()
	raw, err := os.ReadFile(key)
	if err != nil {
		s.t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(raw)
	if err != nil {
		s.t.Fatal(err)
	}
	config := &ssh.ClientConfig{User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return nil }}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(ids) {
					return
				}
				conn, err := ssh.Dial("tcp", s.ssh, config)
				if err != nil {
					return
				}
				sess, err := conn.NewSession()
				if err == nil {
					err = sess.Run(fmt.Sprintf("approve %s -m 'read it, the rollback is rehearsed'", ids[i]))
				}
				_ = conn.Close()
				if err == nil {
					acknowledged(ids[i])
				} else if !strings.Contains(err.Error(), "exited") {
					return // the connection broke: the server is gone
				}
			}
		})
	}
	wg.Wait()
}

// TestKilledInTheMiddle kills the server with SIGKILL during 500 approvals, ten times: every decision that
// was acknowledged is stored, and the log verifies.
func TestKilledInTheMiddle(t *testing.T) {
	rounds, n := 10, 500
	if testing.Short() {
		rounds, n = 2, 60
	}
	b := newBox(t, "")
	bob, _ := company(b)
	b.write("signalbox.yaml", hookConfig+"ssh:\n  trusted: [127.0.0.0/8]\n")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	var acked sync.Map
	total := 0
	for round := range rounds {
		waiting := b.pending(fmt.Sprintf("round-%d", round), n)
		waiting = waiting[len(waiting)-n:]
		s := b.serve()
		killAt := int64(1 + rnd.IntN(n-1))
		var count atomic.Int64
		s.approvers(bob, waiting, func(id string) {
			acked.Store(id, true)
			if count.Add(1) == killAt {
				_ = s.cmd.Process.Kill()
			}
		})
		s.kill(syscall.SIGKILL)
		total += int(count.Load())
		if count.Load() < killAt {
			t.Fatalf("round %d: only %d of %d approvals were acknowledged before the kill\n%s", round, count.Load(), killAt, s.log)
		}
	}
	b.stored(&acked)
	t.Logf("%d approvals acknowledged over %d kills", total, rounds)
}

// stored checks that every acknowledged approval is in the store, and that the log verifies.
func (b *box) stored(acked *sync.Map) {
	b.t.Helper()
	o := options{data: b.dir, database: b.database}
	h, err := o.open(context.Background(), false, logger(os.Stderr))
	if err != nil {
		b.t.Fatal(err)
	}
	defer h.Close()
	done := map[string]bool{}
	for _, id := range b.inState(h, change.Authorised) {
		done[id] = true
	}
	acked.Range(func(id, _ any) bool {
		if !done[id.(string)] {
			b.t.Errorf("%s was acknowledged and is not approved", id)
		}
		return true
	})
	rep, err := h.control.Do(context.Background(), verifyCall())
	if err != nil || rep.Exit != 0 {
		b.t.Errorf("the log does not verify: %v %v", err, rep.Lines)
	}
}

// TestTwoProcessesOnPostgreSQL: what is approved through one server is seen on the other; one is killed in
// the middle of decisions and the other goes on; the log verifies.
func TestTwoProcessesOnPostgreSQL(t *testing.T) {
	b := newBox(t, storetest.Postgres(t))
	bob, _ := company(b)
	b.write("signalbox.yaml", hookConfig+"ssh:\n  trusted: [127.0.0.0/8]\n")
	ids := b.pending("two", 120)
	// The second process has a data directory of its own, with the keys copied into it.
	other := &box{t: t, dir: t.TempDir(), database: b.database, bin: b.bin}
	copyTree(t, b.dir, other.dir)
	one, two := b.serve(), other.serve()

	term := two.screen(bob, 80, 24, "queue")
	term.wait("Queue", "ALL 120")
	if r := one.exec(bob, "approve", ids[0], "-m", `"read it, the rollback is rehearsed"`); r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	term.wait("approved")
	if r := two.exec(bob, "gate", ids[0]); r.code != 0 {
		t.Errorf("the gate of the other process: exit %d\n%s%s", r.code, r.out, r.err)
	}

	var acked sync.Map
	acked.Store(ids[0], true)
	var count atomic.Int64
	one.approvers(bob, ids[1:80], func(id string) {
		acked.Store(id, true)
		if count.Add(1) == 20 {
			_ = one.cmd.Process.Kill()
		}
	})
	one.kill(syscall.SIGKILL)
	two.approvers(bob, ids[80:], func(id string) { acked.Store(id, true); count.Add(1) })
	if count.Load() < 60 {
		t.Errorf("only %d approvals were acknowledged\n%s\n%s", count.Load(), one.log, two.log)
	}
	two.kill(syscall.SIGTERM)
	b.stored(&acked)
}

func digestOf(id string) release.Digest {
	return release.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(id))))
}

func verifyCall() verb.Call {
	return verb.Call{Verb: "audit verify", Actor: localActor()}
}
