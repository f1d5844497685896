package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"signalbox/cmd/signalbox/settings"
	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
	"signalbox/release/verb"
	"signalbox/store"
)

// finding is one line of doctor.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warn, fail
	Text  string `json:"text"`
	Try   string `json:"try,omitempty"`
}

const (
	fine = "ok"
	warn = "warn"
	fail = "fail"
)

func doctorCommand(o *options) *cobra.Command {
	var sshAddr, httpAddr string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong with this installation: keys, permissions, disk, clock, ports, database, feeds",
		Long: "Looks and changes nothing. Each line is ok, warn or fail, with what to do. The exit status is 1 where something fails. " +
			"It may run while signalbox serves.",
		Example: "signalbox doctor --data DIR",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := o.examine(cmd.Context(), sshAddr, httpAddr)
			lines, code := make([]string, len(found)), 0
			for i, f := range found {
				lines[i] = fmt.Sprintf("%-4s  %-13s  %s", f.State, f.Check, f.Text)
				if f.Try != "" {
					lines[i] += "; " + f.Try
				}
				if f.State == fail {
					code = 1
				}
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: verb.NewList(found, "", clock(), nil), Exit: code}, o.json)
		},
	}
	cmd.Flags().StringVar(&sshAddr, "ssh", "127.0.0.1:2222", "the address that serve has for people")
	cmd.Flags().StringVar(&httpAddr, "http", "127.0.0.1:8080", "the address that serve has for machines")
	return cmd
}

// examine runs every check, from the ground up: what cannot be looked at for what is below it says so.
func (o *options) examine(ctx context.Context, sshAddr, httpAddr string) []finding {
	var out []finding
	add := func(check, state, text, try string) { out = append(out, finding{check, state, text, try}) }
	problem := func(check, state string, err error) {
		e := release.AsError(err)
		text := e.Message
		if e.Code == release.Internal && e.Cause != nil {
			text = release.Clean(e.Cause.Error(), 200)
		}
		add(check, state, text, e.Try)
	}
	if o.data == "" {
		add("directory", fail, "no data directory was named", "add --data DIR")
		return out
	}
	dir, err := filepath.Abs(o.data)
	if err != nil {
		problem("directory", fail, err)
		return out
	}
	if !directory(dir, add) {
		return out
	}
	keys(dir, add)
	disk(dir, add)
	cfg, err := o.settings(dir)
	if err != nil {
		for _, f := range settings.Faults(err) {
			add("configuration", fail, f.String(), "")
		}
		if len(settings.Faults(err)) == 0 {
			problem("configuration", fail, err)
		}
	} else {
		warnings := cfg.Warnings(os.Getenv)
		for _, w := range warnings {
			add("configuration", warn, w.String(), "")
		}
		if len(warnings) == 0 {
			add("configuration", fine, fmt.Sprintf("%s, %s", configName(cfg), counted(len(cfg.Connectors), "connector")), "")
		}
	}
	synchronised(add)
	if listening("ssh port", sshAddr, "SSH-2.0-signalbox", add) {
		ours(dir, sshAddr, add)
	}
	if listening("http port", httpAddr, "HTTP/1.", add) {
		add("http port", fine, httpAddr+" answers", "")
	}
	o.inspect(ctx, dir, add, problem)
	return out
}

// inspect looks at the database, whatever the configuration is. One whose schema is older is not opened: that
// would raise it.
func (o *options) inspect(ctx context.Context, dir string, add func(check, state, text, try string), problem func(check, state string, err error)) {
	so, err := o.storeOptions(dir)
	if err != nil {
		problem("database", fail, err)
		return
	}
	have, newest, err := store.Schema(ctx, so)
	if err != nil {
		problem("database", fail, err)
		return
	}
	if have < newest {
		add("database", warn, fmt.Sprintf("its schema is %d; this signalbox would raise it to %d at its next start, and an older one then refuses it", have, newest),
			"take a backup first; its log and its feeds were not looked at")
		return
	}
	looking := &options{data: dir, database: o.database, config: os.DevNull}
	h, err := looking.open(ctx, false, logger(io.Discard))
	if err != nil {
		problem("database", fail, err)
		return
	}
	defer h.Close()
	o.storeHealth(ctx, h, add, problem)
}

func directory(dir string, add func(check, state, text, try string)) bool {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		add("directory", fail, dir+" is not there", "make it: signalbox init --data "+dir)
	case err != nil:
		add("directory", fail, dir+" cannot be read", "run this as the user that serves")
	case !info.IsDir():
		add("directory", fail, dir+" is a file", "name the data directory")
	case info.Mode().Perm()&0o022 != 0:
		add("directory", fail, fmt.Sprintf("%s can be written by others (mode %o)", dir, info.Mode().Perm()), "chmod go-w "+dir)
		return true
	case unix.Access(dir, unix.W_OK) != nil:
		add("directory", fail, dir+" cannot be written by this user", "run this as the user that serves")
		return true
	default:
		add("directory", fine, dir, "")
		return true
	}
	return false
}

func keys(dir string, add func(check, state, text, try string)) {
	for _, name := range []string{"audit.key", "host_ed25519"} {
		path := filepath.Join(dir, "keys", name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == "host_ed25519":
			add("keys", warn, path+" is not there yet", "serve makes it; copy it to every process that shares the store")
		case errors.Is(err, fs.ErrNotExist):
			add("keys", fail, path+" is not there", "restore it from a backup, or make a store: signalbox init")
		case err != nil:
			add("keys", fail, path+" cannot be read", "run this as the user that serves")
		case info.Mode().Perm()&0o077 != 0:
			add("keys", fail, path+" can be read by others", "chmod 600 "+path)
		default:
			add("keys", fine, path, "")
		}
	}
}

// Below so much free space signalbox is in danger, or soon will be.
const (
	tightDisk = 1 << 30
	fullDisk  = 100 << 20
)

func disk(dir string, add func(check, state, text, try string)) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		add("disk", warn, "the free space cannot be read", "")
		return
	}
	free := st.Bavail * uint64(st.Bsize)
	text := fmt.Sprintf("%d MB free under %s", free>>20, dir)
	switch {
	case free < fullDisk:
		add("disk", fail, text, "free some: a full disk stops every decision")
	case free < tightDisk:
		add("disk", warn, text, "free some: a backup or a migration needs as much as the database has")
	default:
		add("disk", fine, text, "")
	}
}

// synchronised asks the kernel whether a time service keeps the clock right.
func synchronised(add func(check, state, text, try string)) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		add("clock", warn, "the kernel does not say whether the clock is kept right", "")
	case state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0:
		add("clock", warn, "no time service keeps the clock right", "start one (systemd-timesyncd, chrony): deadlines, signatures and grants depend on it")
	default:
		add("clock", fine, "kept by a time service, error at most "+(time.Duration(t.Maxerror)*time.Microsecond).Round(time.Millisecond).String(), "")
	}
}

// listening looks who answers at an address, and reports whether it speaks as signalbox does. Of nobody and of
// another program it tells itself.
func listening(check, addr, want string, add func(check, state, text, try string)) bool {
	conn, err := net.DialTimeout("tcp", addr, 2*time.Second)
	if err != nil {
		l, lerr := net.Listen("tcp", addr)
		if lerr != nil {
			add(check, fail, addr+" cannot be listened on", "choose another address for serve")
			return false
		}
		_ = l.Close()
		add(check, fine, addr+" is free: signalbox does not serve there now", "")
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if strings.HasPrefix(want, "HTTP") {
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", addr)
	}
	line, _ := bufio.NewReader(io.LimitReader(conn, 256)).ReadString('\n')
	if strings.HasPrefix(line, want) {
		return true
	}
	add(check, fail, fmt.Sprintf("another program listens on %s", addr), "choose another address for serve")
	return false
}

// ours compares the host key of the signalbox that answers with the one in the data directory.
func ours(dir, addr string, add func(check, state, text, try string)) {
	const check = "ssh port"
	theirs, err := hostKey(addr)
	if err != nil {
		add(check, warn, addr+" answers, and does not show its host key", "look at the log of serve")
		return
	}
	path := filepath.Join(dir, "keys", "host_ed25519")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // serve makes one: it has never run here
	case err != nil:
		add(check, warn, addr+" answers; whether it serves this directory cannot be told", "run this as the user that serves")
		return
	default:
		own, err := ssh.ParsePrivateKey(text)
		if err != nil {
			add(check, fail, path+" holds no private key that can be used", "restore it from a backup of DIR/keys")
			return
		}
		if bytes.Equal(own.PublicKey().Marshal(), theirs.Marshal()) {
			add(check, fine, addr+" answers", "")
			return
		}
	}
	add(check, fail, fmt.Sprintf("another signalbox serves on %s: its host key %s is not the one in %s", addr, ssh.FingerprintSHA256(theirs), filepath.Dir(path)),
		"name this one's address with --ssh, or choose another address for serve")
}

// hostKey is the host key that an SSH server shows. Nobody logs in.
func hostKey(addr string) (ssh.PublicKey, error) {
	conn, err := net.DialTimeout("tcp", addr, 2*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	seen := errors.New("the host key was shown")
	var key ssh.PublicKey
	_, _, _, err = ssh.NewClientConn(conn, addr, &ssh.ClientConfig{HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error {
			key = k
			return seen
		}})
	if key != nil {
		return key, nil
	}
	return nil, err
}

// skewAlarm is how far the clocks of signalbox and of its database may differ (SECURITY threat 18).
const skewAlarm = 2 * time.Second

func (o *options) storeHealth(ctx context.Context, h *house, add func(check, state, text, try string), problem func(check, state string, err error)) {
	where := "SQLite"
	if o.database != "" {
		where = "PostgreSQL"
	}
	began := time.Now()
	if err := h.store.Ping(ctx); err != nil {
		problem("database", fail, err)
		return
	}
	add("database", fine, fmt.Sprintf("%s reads and writes, %s", where, time.Since(began).Round(time.Millisecond)), "")
	var size int64
	var newest time.Time
	var feeds []feed.Status
	err := h.store.Read(ctx, func(r port.Reader) error {
		var err error
		if size, err = r.AuditSize(ctx); err != nil {
			return err
		}
		if size > 0 {
			rows, err := r.AuditEntries(ctx, size-1, 1)
			if err != nil {
				return err
			}
			for _, row := range rows {
				newest = row.At
			}
		}
		feeds, err = r.Feeds(ctx)
		return err
	})
	if err != nil {
		problem("database", fail, err)
		return
	}
	switch ahead := newest.Sub(clock()); {
	case ahead > skewAlarm:
		add("audit log", fail, fmt.Sprintf("%d entries; the newest is %s in the future", size, ahead.Round(time.Second)), "set the clock right before anybody decides")
	default:
		add("audit log", fine, fmt.Sprintf("%d entries; audit verify checks them", size), "")
	}
	if now, err := h.store.Clock(ctx); err != nil {
		problem("clock", fail, err)
	} else if skew := clock().Sub(now).Abs(); skew > skewAlarm {
		add("clock", fail, fmt.Sprintf("it differs from the database's by %s", skew.Round(time.Millisecond)), "set both right with a time service")
	}
	for _, f := range feeds {
		switch aspect := f.Aspect(clock(), clock()); {
		case f.Tries > 0:
			add("feed", warn, fmt.Sprintf("%s fails since %s (%s): %s", f.Name, f.FailingSince.Format(time.RFC3339), f.Class, f.LastError), "signalbox connector test "+f.Name)
		case aspect == feed.Dark:
			add("feed", warn, fmt.Sprintf("%s is dark: last good %s", f.Name, f.LastGood.Format(time.RFC3339)), "signalbox connector test "+f.Name)
		}
	}
}
