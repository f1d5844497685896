package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite"
)

// delivery is the n-th check run of a busy forge: the recorded payload with a commit of its own.
func delivery(payload []byte, n int) []byte {
	sum := sha256.Sum256(fmt.Append(nil, n))
	b := bytes.ReplaceAll(payload, []byte("ec26c3e57ca3a959ca5aad62de7213c562f8c821"), []byte(hex.EncodeToString(sum[:20])))
	return bytes.ReplaceAll(b, []byte("128620228"), fmt.Append(nil, 200_000_000+n))
}

func post(client *http.Client, addr string, n int, body []byte) error {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/v1/hooks/github", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "check_run")
	r.Header.Set("X-GitHub-Delivery", fmt.Sprintf("d-%d", n))
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte("stored"))) {
		err = fmt.Errorf("delivery %d: %d %.200s", n, resp.StatusCode, answer)
	}
	return err
}

// ingest measures deliveries that are signed, checked, parsed and durable, beside the bare insertion of the
// rows that they left into tables of the same form.
func ingest(t *table, root string, e effort) error {
	head("Webhooks: signed, authenticated, parsed, durable")
	payload, err := os.ReadFile(filepath.Join(root, "testdata", "webhooks", "octokit+webhooks", "payload-examples", "api.github.com", "check_run", "completed.payload.json"))
	if err != nil {
		return err
	}
	s, err := start("serve", "ours", root, "0", "0", "0")
	if err != nil {
		return err
	}
	defer s.stop()
	before, err := counts(s.Dir)
	if err != nil {
		return err
	}
	const senders = 64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: 20 * time.Second}
	var next, sent atomic.Int64
	errs := make(chan error, senders)
	begun := time.Now()
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for time.Since(begun) < e.window {
				n := int(next.Add(1))
				if err := post(client, s.HTTP, n, delivery(payload, n)); err != nil {
					errs <- err
					return
				}
				sent.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	select {
	case err := <-errs:
		return err
	default:
	}
	rows, bare, err := bulk(s.Dir, before)
	if err != nil {
		return err
	}
	n := float64(sent.Load())
	t.atLeast(fmt.Sprintf("deliveries of %d senders, %.1f rows each", senders, float64(rows)/n), n/took.Seconds(), n/bare.Seconds(), "/s", "bare bulk insert", 0.75, true)
	return nil
}

// counts are the rows of each table of a store.
func counts(dir string) (map[string]int, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "signalbox.db")+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := map[string]int{}
	for _, t := range tables(db) {
		n := 0
		if err := db.QueryRow(`SELECT COUNT(*) FROM "` + t.name + `"`).Scan(&n); err != nil {
			return nil, err
		}
		out[t.name] = n
	}
	return out, nil
}

type tableOf struct{ name, create string }

func tables(db *sql.DB) (out []tableOf) {
	rows, err := db.Query(`SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql IS NOT NULL`)
	if err != nil {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var t tableOf
		if rows.Scan(&t.name, &t.create) == nil {
			out = append(out, t)
		}
	}
	return out
}

// bulk copies the rows that came since into a new file, 500 in a transaction, and tells how long that took.
func bulk(dir string, before map[string]int) (n int, took time.Duration, err error) {
	from, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "signalbox.db")+"?mode=ro")
	if err != nil {
		return 0, 0, err
	}
	defer from.Close()
	to, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bulk.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, 0, err
	}
	defer to.Close()
	to.SetMaxOpenConns(1)
	type one struct {
		into string
		row  []any
	}
	var all []one
	for _, t := range tables(from) {
		if _, err := to.Exec(t.create); err != nil {
			return 0, 0, err
		}
		have := 0
		if err := from.QueryRow(`SELECT COUNT(*) FROM "` + t.name + `"`).Scan(&have); err != nil {
			return 0, 0, err
		}
		if have <= before[t.name] {
			continue
		}
		rows, err := from.Query(`SELECT * FROM "` + t.name + `"`)
		if err != nil {
			return 0, 0, err
		}
		columns, _ := rows.Columns()
		into := `INSERT INTO "` + t.name + `" VALUES (?` + strings.Repeat(",?", len(columns)-1) + `)`
		for i := 0; rows.Next(); i++ {
			row, at := make([]any, len(columns)), make([]any, len(columns))
			for j := range row {
				at[j] = &row[j]
			}
			if err := rows.Scan(at...); err != nil {
				return 0, 0, err
			}
			if i >= before[t.name] {
				all = append(all, one{into, row})
			}
		}
		if err := rows.Close(); err != nil {
			return 0, 0, err
		}
	}
	begun := time.Now()
	ctx := context.Background()
	for len(all) > 0 {
		some := all[:min(500, len(all))]
		all = all[len(some):]
		tx, err := to.BeginTx(ctx, nil)
		if err != nil {
			return 0, 0, err
		}
		prepared := map[string]*sql.Stmt{}
		for _, o := range some {
			if prepared[o.into] == nil {
				if prepared[o.into], err = tx.Prepare(o.into); err != nil {
					return 0, 0, err
				}
			}
			if _, err := prepared[o.into].Exec(o.row...); err != nil {
				return 0, 0, err
			}
			n++
		}
		if err := tx.Commit(); err != nil {
			return 0, 0, err
		}
	}
	return n, time.Since(begun), nil
}
