package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/sshserver"
)

// said is what doctor says of a check.
func said(found []finding, check string) (state, text string) {
	for _, f := range found {
		if f.Check == check {
			return f.State, f.Text
		}
	}
	return "", "nothing"
}

// TestDoctorKnowsItsOwn: a signalbox that answers is asked for its host key: that of this directory is ok, that
// of another is not.
func TestDoctorKnowsItsOwn(t *testing.T) {
	ctx := context.Background()
	b := newBox(t, "")
	company(b)
	s := b.serve()
	look := func(dir string) []finding { return (&options{data: dir}).examine(ctx, s.ssh, s.http) }
	if state, text := said(look(b.dir), "ssh port"); state != fine || !strings.Contains(text, "answers") {
		t.Errorf("its own: %s %s", state, text)
	}
	if state, text := said(look(b.dir), "http port"); state != fine || !strings.Contains(text, "answers") {
		t.Errorf("its own: %s %s", state, text)
	}
	other := founded(t)
	if state, text := said(look(other), "ssh port"); state != fail || !strings.Contains(text, "another signalbox") {
		t.Errorf("of a directory that was never served: %s %s", state, text)
	}
	if _, err := sshserver.LoadOrCreateHostKey(filepath.Join(other, "keys", "host_ed25519")); err != nil {
		t.Fatal(err)
	}
	if state, text := said(look(other), "ssh port"); state != fail || !strings.Contains(text, "another signalbox") || !strings.Contains(text, "SHA256:") {
		t.Errorf("of another directory: %s %s", state, text)
	}
	write(t, filepath.Join(other, "keys", "host_ed25519"), "no key")
	if state, text := said(look(other), "ssh port"); state != fail || !strings.Contains(text, "no private key") {
		t.Errorf("with a damaged key: %s %s", state, text)
	}
}

// TestDoctorNeedsNoConfiguration: the database is looked at without the secrets of the service, and also where
// the configuration has a fault.
func TestDoctorNeedsNoConfiguration(t *testing.T) {
	for name, text := range map[string]string{"secrets elsewhere": secretsConfig, "a fault": "connectors:\n  - nam: x\n"} {
		dir := founded(t)
		write(t, filepath.Join(dir, configFile), text)
		found := (&options{data: dir}).examine(context.Background(), "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t))
		if state, text := said(found, "database"); state != fine {
			t.Errorf("%s: database %s %s", name, state, text)
		}
		if state, text := said(found, "configuration"); state == fine {
			t.Errorf("%s: configuration %s %s", name, state, text)
		}
		if state, text := said(found, "ssh port"); state != fine || !strings.Contains(text, "is free") {
			t.Errorf("%s: ssh port %s %s", name, state, text)
		}
	}
	gone := founded(t)
	if err := os.Remove(filepath.Join(gone, storeName)); err != nil {
		t.Fatal(err)
	}
	if state, _ := said((&options{data: gone}).examine(context.Background(), "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)), "database"); state != fail {
		t.Errorf("a database that is gone is %s", state)
	}
}
