package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"signalbox/cmd/signalbox/settings"
	"signalbox/connectors/csv"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/simulation"
	"signalbox/release/verb"
	"signalbox/sandbox"
)

// sandboxMark is the file that tells the data directory of a sandbox from any other.
const sandboxMark = "SANDBOX"

// drilling are the flags of `signalbox sandbox`.
type drilling struct {
	sandbox.Options
	start, as, ssh, http string
}

func sandboxCommand(o *options) *cobra.Command {
	var d drilling
	var names, seats []string
	for _, sc := range sandbox.Scenarios() {
		names = append(names, sc.Name)
	}
	for _, s := range sandbox.Seats {
		seats = append(seats, s.Name)
	}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a simulated company, on a clock of its own, that reaches nobody",
		Long: "The same program, screens and keys as `signalbox serve`, on a company that is made up: forty services, people in every role, a clock that can be " +
			"stopped, sped up and sent ahead, telemetry, and scenarios. Its store is its own, nothing is sent and nobody is dialled; every row has the rail and every id begins with " +
			simulation.Mark + ". The same seed, scenario and acts give the same screens. Without --data it lives in a directory that is removed at the end; a directory that is named keeps its keys, " +
			"and the company in it begins anew. A directory that is no sandbox is refused.\n\n" +
			"A private key is made for each seat: " + strings.Join(seats, ", ") + ". Whoever connects with it is that person; `everything` holds approver, coordinator, commander, executor, " +
			"auditor and trainer, so that all can be tried. The verbs that steer it are given over SSH: `ssh … sandbox jump +15m`.",
		Example: "signalbox sandbox --scenario canary-at-peak --seed 7 --speed 4",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.sandbox(cmd.Context(), d, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.Scenario, "scenario", sandbox.DefaultScenario, "what happens: "+strings.Join(names, ", "))
	f.Uint64Var(&d.Seed, "seed", 1, "what is drawn by lot; the same seed gives the same company")
	f.Float64Var(&d.Speed, "speed", 1, "simulated seconds a second, 0.1 to 120; 0 begins with a clock that stands still, until c or sandbox resume lets it go on")
	f.StringVar(&d.start, "start", sandbox.DefaultStart.Format(time.RFC3339), "when the simulated clock begins, RFC 3339")
	f.StringVar(&d.as, "as", seats[0], "the seat of the line that is printed: "+strings.Join(seats, ", "))
	f.StringVar(&d.ssh, "ssh", "127.0.0.1:2222", "address for people, HOST:PORT; the next free port where it is taken")
	f.StringVar(&d.http, "http", "127.0.0.1:8080", "address for machines, HOST:PORT; the next free port where it is taken")
	// The flags were declared above, so these cannot fail.
	_ = cmd.RegisterFlagCompletionFunc("scenario", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(seats, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(&cobra.Command{Use: "scenarios", Short: "List the scenarios", Args: cobra.NoArgs, Example: "signalbox sandbox scenarios",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return print(cmd.OutOrStdout(), scenarios(), o.json)
		}})
	return cmd
}

// scenarios lists those that are built in.
func scenarios() verb.Answer {
	var list []simulation.Scenario
	var lines []string
	for _, sc := range sandbox.Scenarios() {
		list = append(list, simulation.Scenario{Name: sc.Name, Title: sc.Title, Brief: sc.Brief, Level: sc.Level, Length: time.Duration(sc.Length)})
		lines = append(lines, fmt.Sprintf("%-16s level %d  %4s  %s", sc.Name, sc.Level, release.Length(time.Duration(sc.Length)), sc.Title), "    "+sc.Brief)
	}
	return verb.Answer{Lines: lines, Value: list}
}

// sandbox serves a simulated company until ctx is done.
func (o *options) sandbox(ctx context.Context, d drilling, errw io.Writer) error {
	if o.database != "" || o.config != "" {
		return release.Errorf(release.Usage, "a sandbox has a store of its own and no configuration").Advise("leave out --database and --config")
	}
	seat, ok := sandbox.SeatOf(d.as)
	if !ok {
		return release.Errorf(release.Usage, "there is no seat %q", release.Clean(d.as, 40)).Advise("signalbox sandbox --help lists them")
	}
	var err error
	if d.Start, err = time.Parse(time.RFC3339, d.start); err != nil {
		return release.Errorf(release.Usage, "--start takes an instant, such as 2026-11-24T11:30:00Z")
	}
	log := slog.New(slog.NewTextHandler(errw, nil))
	d.Machine, d.Log, d.Paused = time.Now, log, d.Speed == 0
	sim, err := sandbox.New(d.Options)
	if err != nil {
		return err
	}
	dir, leave, err := o.sandboxDir()
	if err != nil {
		return err
	}
	defer leave()
	keys, err := seatKeys(filepath.Join(dir, "keys"))
	if err != nil {
		return err
	}
	h, err := drill(ctx, sim, dir, keys, log)
	if err != nil {
		return err
	}
	defer h.Close()
	people, err := nextFree("ssh", d.ssh, errw)
	if err != nil {
		return err
	}
	machines, err := nextFree("http", d.http, errw)
	if err != nil {
		return errors.Join(err, people.Close())
	}
	return h.serve(ctx, doors{people: people, machines: machines, ready: func(hostKey ssh.PublicKey) error {
		return invite(errw, dir, seat, sim, people.Addr().(*net.TCPAddr), hostKey)
	}}, errw)
}

// drill opens a house in which nothing is real: its wiring sends nothing, and there is no engine of jobs that go
// out. keys are public key lines by seat.
func drill(ctx context.Context, sim *sandbox.Sandbox, dir string, keys map[string]string, log *slog.Logger) (*house, error) {
	hub := control.NewHub()
	r := &runs{dir: dir, hub: hub, now: sim.Now, log: log}
	if err := r.Renew(ctx); err != nil {
		return nil, err
	}
	seed := sha256.Sum256(fmt.Appendf(nil, "signalbox sandbox audit key %d", sim.Seed())) // it proves nothing, and so must not be a secret
	secret, public, err := note.GenerateKey(mathrand.NewChaCha8(seed), "signalbox-sandbox")
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	cfg, err := settings.Parse("", nil)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	h := &house{dir: dir, settings: cfg, runs: r, hub: hub, log: log, simulate: sim.Run}
	h.control = control.New(control.Options{
		Store: r, Hub: hub, Now: sim.Now, Rand: sim.Random(), Log: log, Version: version, Process: process(),
		Wiring: sim.Wiring(), CSV: csv.Write, Checkpoints: r, Signer: signer, VerifierKey: public, Sandbox: sim,
	})
	sim.Live(sandbox.House{Control: h.control, Store: r, Renew: r.Renew, Ready: r.Ready, Keys: keys})
	if err := sim.Build(ctx); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// sandboxDir is the data directory of a sandbox, emptied of the company that was in it, and what to do at the end.
func (o *options) sandboxDir() (dir string, leave func(), err error) {
	fail := func(err error) (string, func(), error) {
		return "", nil, release.Errorf(release.Unavailable, "the data directory of the sandbox cannot be made").Because(err)
	}
	if o.data == "" {
		if dir, err = os.MkdirTemp("", "signalbox-sandbox-"); err != nil {
			return fail(err)
		}
		leave = func() { _ = os.RemoveAll(dir) }
	} else {
		if dir, err = filepath.Abs(o.data); err != nil {
			return fail(err)
		}
		list, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fail(err)
		}
		if len(list) > 0 && !slices.ContainsFunc(list, func(e os.DirEntry) bool { return e.Name() == sandboxMark && e.Type().IsRegular() }) {
			return "", nil, release.Errorf(release.Refused, "%s is no directory of a sandbox, and is left as it is", dir).
				Advise("name an empty directory, or leave out --data")
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fail(err)
		}
		mark, err := os.OpenFile(filepath.Join(dir, sandboxMark), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return fail(err)
		}
		if err := syscall.Flock(int(mark.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			_ = mark.Close()
			return "", nil, release.Errorf(release.Refused, "another sandbox lives in %s", dir).Advise("end it first, or name another directory, or leave out --data").Because(err)
		}
		leave = func() { _ = mark.Close() } // and with it the lock
		for _, e := range list {
			if strings.HasPrefix(e.Name(), "run-") {
				if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
					return fail(err)
				}
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		return fail(err)
	}
	if err := os.WriteFile(filepath.Join(dir, sandboxMark), []byte("A simulated company lives here. It may be removed.\n"), 0o600); err != nil {
		return fail(err)
	}
	return dir, leave, nil
}

// seatKeys reads the private key of each seat, or makes it, and returns the public lines.
func seatKeys(dir string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range sandbox.Seats {
		path := filepath.Join(dir, "seat-"+s.Name)
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			var key ed25519.PrivateKey
			if _, key, err = ed25519.GenerateKey(rand.Reader); err != nil {
				return nil, err
			}
			block, err := ssh.MarshalPrivateKey(key, "signalbox sandbox "+s.Name)
			if err != nil {
				return nil, err
			}
			text = pem.EncodeToMemory(block)
			if err := os.WriteFile(path, text, 0o600); err != nil {
				return nil, release.Errorf(release.Unavailable, "the key %s cannot be written", path).Because(err)
			}
		} else if err != nil {
			return nil, release.Errorf(release.Unavailable, "the key %s cannot be read", path).Because(err)
		}
		signer, err := ssh.ParsePrivateKey(text)
		if err != nil {
			return nil, release.Errorf(release.Usage, "%s holds no private key that can be used", path).Advise("take the file away and one is made").Because(err)
		}
		out[s.Name] = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	}
	return out, nil
}

// invite prints how to come in, and writes the host's key where that line looks for it.
func invite(errw io.Writer, dir string, seat sandbox.Seat, sim *sandbox.Sandbox, at *net.TCPAddr, hostKey ssh.PublicKey) error {
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	known := filepath.Join(dir, "known_hosts")
	line := fmt.Sprintf("[%s]:%d %s", host, at.Port, ssh.MarshalAuthorizedKey(hostKey))
	if err := os.WriteFile(known, []byte(line), 0o600); err != nil {
		return release.Errorf(release.Unavailable, "%s cannot be written", known).Because(err)
	}
	st := sim.State()
	standing := simulation.Factor(st.Speed)
	if st.Paused {
		standing = "stands still"
	}
	fmt.Fprintf(errw, "sandbox: nothing here reaches production; %s (%s), seed %d, clock %s at %s\n", st.Title, st.Scenario, st.Seed, standing, st.Start.Format("Mon 02 Jan 15:04Z"))
	fmt.Fprintf(errw, "sandbox: you sit as %s, %s: %s\n", seat.Name, seat.Person, seat.Short)
	fmt.Fprintf(errw, "sandbox: ssh -t -p %s -i %s -o IdentitiesOnly=yes -o UserKnownHostsFile=%s %s\n", strconv.Itoa(at.Port), filepath.Join(dir, "keys", "seat-"+seat.Name), known, host)
	var others []string
	for _, s := range sandbox.Seats {
		if s.Name != seat.Name {
			others = append(others, s.Name)
		}
	}
	_, err := fmt.Fprintf(errw, "sandbox: other seats are %s, each with its key seat-NAME there; gz steers, f stops the clock, c lets it go on, > jumps\n", strings.Join(others, ", "))
	return err
}

// nextFree listens on an address, or, where its port is taken, on the next free one, and says so.
func nextFree(what, addr string, errw io.Writer) (net.Listener, error) {
	l, err := listen(what, addr)
	host, port, cut := net.SplitHostPort(addr)
	n, bad := strconv.Atoi(port)
	for i := 1; err != nil && errors.Is(err, syscall.EADDRINUSE) && cut == nil && bad == nil && i <= 100 && n+i < 1<<16; i++ {
		next := net.JoinHostPort(host, strconv.Itoa(n+i))
		var other error
		if l, other = listen(what, next); other == nil {
			fmt.Fprintf(errw, "%s: another program listens on %s; this one is on %s\n", what, addr, next)
			return l, nil
		}
	}
	return l, err
}
