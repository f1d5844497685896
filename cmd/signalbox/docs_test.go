package main

import (
	"os"
	"path/filepath"
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
