package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGeneratedDocumentsAreFresh(t *testing.T) {
	for name, want := range documents() {
		got, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("docs/%s is stale; run make docs and read the difference", name)
		}
	}
}

// TestEveryCommandIsDocumented: the machine's own commands and their flags too.
func TestEveryCommandIsDocumented(t *testing.T) {
	text := documents()["CLI.md"]
	for _, want := range []string{"## serve\n", "## config check\n", "## config schema\n", "## doctor\n", "## backup\n", "## restore\n", "## copy\n", "## completion\n", "## man\n",
		"`--even-if-damaged`", "`--to`", "`--ssh`", "`--data`", "`--database`", "`fish`", "It may run while signalbox serves."} {
		if !strings.Contains(text, want) {
			t.Errorf("CLI.md does not say %q", want)
		}
	}
	if strings.Contains(text, "## docs\n") {
		t.Error("CLI.md describes the hidden command that writes it")
	}
}
