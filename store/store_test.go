package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

func opener(t testing.TB, o store.Options) func(port.Publisher) port.Store {
	create := true
	return func(hub port.Publisher) port.Store {
		t.Helper()
		o.Publisher = hub
		open := store.Open
		if create {
			open, create = store.Create, false
		}
		s, err := open(context.Background(), o)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func TestSQLite(t *testing.T) {
	storetest.Exercise(t, func(t testing.TB) func(port.Publisher) port.Store {
		return opener(t, store.Options{Path: filepath.Join(t.TempDir(), "signalbox.db")})
	})
}

func TestPostgres(t *testing.T) {
	storetest.Exercise(t, func(t testing.TB) func(port.Publisher) port.Store {
		return opener(t, store.Options{URL: storetest.Postgres(t)})
	})
}
