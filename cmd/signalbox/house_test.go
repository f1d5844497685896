package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"signalbox/cmd/signalbox/settings"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/release/verb"
)

const toldConfig = secretsConfig + `  - name: mail
    kind: smtp
    url: smtp://mail.example.com:587
    user: signalbox
    secret_file: mail.secret
    from: signalbox@example.com
    to: [release-team@example.com]
    events: [freeze declare]
`

// TestVerbsNeedNoSecret: on the machine, where the secrets of the service are not, every verb works, and what
// is decided there is told to the outside all the same.
func TestVerbsNeedNoSecret(t *testing.T) {
	dir := founded(t)
	write(t, filepath.Join(dir, configFile), toldConfig)
	if out := lined(t, "person", "list", "--data", dir); !strings.Contains(out, "dana") {
		t.Error(out)
	}
	lined(t, "person", "disable", "dana", "--data", dir)
	lined(t, "person", "grant", "ada", "coordinator", "--data", dir)
	lined(t, "freeze", "declare", "--kind", "hard", "--scope", "org", "--for", "2h", "-m", "the network is being rebuilt", "--data", dir)

	o := &options{data: dir}
	h, err := o.open(context.Background(), false, logger(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var told []string
	err = h.store.Read(context.Background(), func(r port.Reader) error {
		due, err := r.FollowupsOf(context.Background(), "deliver", clock(), 10)
		for _, f := range due {
			m, err := r.Message(context.Background(), f.Args["message"])
			if err != nil {
				return err
			}
			told = append(told, m.Target+" "+m.Event)
		}
		return err
	})
	if want := "chat freeze declare, mail freeze declare"; err != nil || strings.Join(told, ", ") != want {
		t.Errorf("%v: told %v, want %s", err, told, want)
	}

	// Those that do need a secret say which.
	for _, args := range [][]string{{"config", "check"}, {"connector", "test", "mail"}, {"serve", "--ssh", "127.0.0.1:0", "--http", "127.0.0.1:0"}} {
		if r := line(t, append(args, "--data", dir)...); r.code == 0 || !strings.Contains(r.err, "secret") {
			t.Errorf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	// And a connector is tried without the secrets of the others.
	write(t, filepath.Join(dir, "services.csv"), "name,owner\ncheckout,\n")
	write(t, filepath.Join(dir, configFile), toldConfig+"  - name: sheet\n    kind: csv\n    path: services.csv\n    what: services\n")
	if r := line(t, "connector", "test", "sheet", "--data", dir); strings.Contains(r.err, "secret") {
		t.Errorf("connector test sheet: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestReach: what is out of reach is known by its feed and by what it is told of, and is not made.
func TestReach(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "github.secret"), "a secret\n")
	write(t, filepath.Join(dir, configFile), toldConfig)
	c, err := settings.Load(filepath.Join(dir, configFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name      string
		r         reach
		receivers int
	}{{"nothing", nothing, 0}, {"only github", only("github"), 1}, {"secretive", secretive, 1}} {
		w, err := wired(c, dir, x.r)
		if err != nil || len(w.Feeds) != 3 || len(w.Notices) != 2 || len(w.Receivers) != x.receivers || len(w.Senders)+len(w.Pullers) != 0 {
			t.Errorf("%s: %v, %d feeds, %d notices, %d receivers, %d senders", x.name, err, len(w.Feeds), len(w.Notices), len(w.Receivers), len(w.Senders))
		}
		if len(w.Environments) == 0 {
			t.Errorf("%s: no environments", x.name)
		}
	}
	for name, want := range map[string][]string{"connector test": {"chat"}, "feeds retry": {"github"}, "approve": nil, "init": nil} {
		r := reachOf(verb.Verb{Name: name}, verb.Call{Args: []string{"chat"}})
		var got []string
		for _, k := range c.Connectors {
			if r(k) {
				got = append(got, k.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s reaches %v, want %v", name, got, want)
		}
	}
	if _, err := wiring(c, dir); err == nil {
		t.Error("everything is made without its secrets")
	}
}

// TestConfigurationGone: a reload without the file changes nothing, and a start without it names the feeds that
// stand still.
func TestConfigurationGone(t *testing.T) {
	ctx := context.Background()
	dir := founded(t)
	path := filepath.Join(dir, configFile)
	write(t, filepath.Join(dir, "github.secret"), "a secret\n")
	write(t, path, "connectors:\n  - name: github\n    kind: github\n    secret_file: github.secret\n")
	o := &options{data: dir}
	open := func() (*house, *bytes.Buffer) {
		t.Helper()
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		h, err := o.openWith(ctx, false, log, nil)
		if err != nil {
			t.Fatal(err)
		}
		return h, &out
	}
	h, out := open()
	w, err := wiring(h.settings, dir)
	if err == nil {
		err = h.control.Rewire(ctx, w)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		t.Errorf("a start with its configuration says %s", out)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	err = o.reload(ctx, h, nil, nil, h.log)
	if release.CodeOf(err) != release.NotFound || !strings.Contains(err.Error(), "the configuration "+path+" is gone") {
		t.Errorf("reload: %v", err)
	}
	if h.settings.Path != path || len(h.settings.Connectors) != 1 {
		t.Errorf("the settings became %+v", h.settings)
	}
	h.Close()

	h, out = open()
	h.Close()
	if text := out.String(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, "there is no configuration") || !strings.Contains(text, "feeds=github") {
		t.Errorf("a start without it says %q", text)
	}
	// Without feeds there is nothing to say.
	o.data = founded(t)
	h, out = open()
	h.Close()
	if out.Len() > 0 {
		t.Errorf("a new store says %s", out)
	}
}
