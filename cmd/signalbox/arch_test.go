package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// floors is the house: what each package may import of this module. A trailing /... stands for everything
// below. A package that is not listed fails, so that none is added without a room.
var floors = []struct{ pkg, may string }{
	{"release/...", "release/..."},
	{"release", ""},
	{"themes", ""},
	{"store", "release/..."},
	{"store/jobs", "release/..."},
	{"store/storetest", "store release/..."},
	{"control", "release/..."},
	{"sandbox", "control connectors/... release/..."},
	{"connectors", "release/..."},
	{"connectors/...", "connectors release/..."},
	{"connectors/peertest", ""},
	{"views", "views/kit views/filter release/... themes"},
	{"views/kit", "release/... themes"},
	{"views/filter", "release/..."},
	{"views/...", "views views/kit views/filter release/... themes"},
	{"views/graph", "views views/kit views/filter views/graph/layered release/... themes"},
	{"views/graph/layered", ""},
	{"tui", "views/... release/... themes"},
	{"terminal", ""},
	{"sshserver", "terminal tui views/... control release/... themes"},
	{"httpserver", "connectors control release/..."},
	{"cmd/signalbox", "..."},
	{"cmd/screens", ""},
	{"cmd/signalbox/settings", "connectors release/..."},
}

// reserved says which rooms alone may use a library or a standard package.
var reserved = map[string]string{
	"database/sql":            "store/...",
	"modernc.org/sqlite":      "store store/jobs",
	"github.com/jackc/pgx/v5": "store/...",
	"github.com/riverqueue":   "store/jobs",
	"charm.land/lipgloss/v2":  "themes views/... tui",
	"charm.land/wish/v2":      "sshserver",
	"net/http":                "httpserver connectors/... cmd/signalbox",
	"os/exec":                 "store/storetest connectors/peertest connectors/backstage cmd/screens",
}

// pure lists what the ground floor must not touch: it has no I/O and no clock, so no file, net or process.
var pure = []string{"os", "net", "net/http", "os/exec", "database/sql", "syscall", "log", "log/slog", "crypto/rand", "math/rand", "math/rand/v2"}

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		room := room(p.ImportPath)
		may, known := allowed(room)
		if !known {
			t.Errorf("%s has no room in the table of floors", room)
			continue
		}
		for _, imp := range p.Imports {
			if own, ok := strings.CutPrefix(imp, "signalbox/"); ok && !matches(own, may) {
				t.Errorf("%s imports %s: the arrow points up or aside", room, own)
			}
			for lib, rooms := range reserved {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && !matches(room, rooms) {
					t.Errorf("%s imports %s, which belongs to %s", room, imp, rooms)
				}
			}
			if strings.HasPrefix(room, "release") {
				for _, bad := range pure {
					if imp == bad {
						t.Errorf("%s imports %s: the ground floor does no I/O and keeps no clock", room, imp)
					}
				}
			}
		}
	}
}

func TestNoRoomForLeftovers(t *testing.T) {
	for _, p := range packages(t) {
		switch base := path.Base(p.ImportPath); base {
		case "util", "utils", "helper", "helpers", "common", "misc", "manager", "base", "shared", "core":
			t.Errorf("%s: a package is named after its concept, not %q", p.ImportPath, base)
		}
	}
}

func room(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, "signalbox"), "/")
}

// allowed finds the most exact row for a room.
func allowed(room string) (may string, known bool) {
	best := -1
	for _, f := range floors {
		if matches(room, f.pkg) && len(f.pkg) > best {
			best, may, known = len(strings.TrimSuffix(f.pkg, "/...")), f.may, true
		}
	}
	for _, f := range floors {
		if f.pkg == room {
			return f.may, true
		}
	}
	return may, known
}

// matches reports whether a room is one of the patterns, separated by blanks.
func matches(room, patterns string) bool {
	for _, p := range strings.Fields(patterns) {
		base, deep := strings.CutSuffix(p, "...")
		base = strings.TrimSuffix(base, "/")
		if room == base || (deep && (base == "" || strings.HasPrefix(room, base+"/"))) {
			return true
		}
	}
	return false
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "signalbox/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list named only %d packages", len(all))
	}
	return all
}
