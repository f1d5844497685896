package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the self-join beside the engine

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
)

// events is how much is on the calendar that is measured.
const events = 100_000

// schedules measures the conflicts of a calendar of 100,000 events: those of one new window, and all of them; beside
// the same question about intervals asked of SQLite and of an unindexed scan.
func schedules(t *table, _ string, _ effort) error {
	head(fmt.Sprintf("Conflicts on a calendar of %d events in a year, 10,000 services, 50,000 dependencies", events))
	w := yearOf(events)
	only := conflict.Default()
	for k := range only.Grades {
		if k != conflict.SameService {
			only.Grades[k] = conflict.Grade{}
		}
	}
	plain := w
	plain.Rules, plain.Facts = only, nil

	begun := time.Now()
	intervals, err := conflict.New(plain)
	if err != nil {
		return err
	}
	t.note("build, the intervals alone", float64(time.Since(begun).Microseconds())/1000, "ms", 0, "")
	begun = time.Now()
	engine, err := conflict.New(w)
	if err != nil {
		return err
	}
	t.note("build, all kinds", float64(time.Since(begun).Microseconds())/1000, "ms", 0, "")

	dir, err := os.MkdirTemp("", "signalbox-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", filepath.Join(dir, "calendar.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := fill(db, w.Work); err != nil {
		return err
	}

	// One new window of each of 200 services.
	const asked = 200
	r := rand.New(rand.NewPCG(3, 4))
	var windows []conflict.Work
	for n := range asked {
		q := w.Work[r.IntN(len(w.Work))]
		q.ID, q.From = fmt.Sprintf("new-%d", n), q.From.Add(10*time.Minute)
		q.To = q.From.Add(time.Hour)
		windows = append(windows, q)
	}
	each := func(ask func(q conflict.Work) (int, error)) (us float64, total int, err error) {
		begun := time.Now()
		for _, q := range windows {
			n, err := ask(q)
			if err != nil {
				return 0, 0, err
			}
			total += n
		}
		return float64(time.Since(begun).Nanoseconds()) / 1000 / float64(len(windows)), total, nil
	}
	examine := func(e *conflict.Engine) func(conflict.Work) (int, error) {
		return func(q conflict.Work) (int, error) {
			list, err := e.Examine(q)
			return len(list), err
		}
	}
	one, want, err := each(examine(intervals))
	if err != nil {
		return err
	}
	all, _, err := each(examine(engine))
	if err != nil {
		return err
	}
	joined, got, err := each(func(q conflict.Work) (n int, err error) {
		i, _ := q.Occupied(only)
		return n, db.QueryRow("SELECT count(*) FROM event WHERE service = ? AND from_at < ? AND to_at > ?", q.Service, i.To.Unix(), i.From.Unix()).Scan(&n)
	})
	if err != nil {
		return err
	}
	scanned, also, err := each(func(q conflict.Work) (n int, _ error) {
		i, _ := q.Occupied(only)
		for k := range w.Work {
			if o := &w.Work[k]; o.Service == q.Service {
				if x, _ := o.Occupied(only); x.Overlaps(i) {
					n++
				}
			}
		}
		return n, nil
	})
	if err != nil {
		return err
	}
	if got != want || also != want {
		return fmt.Errorf("the answers differ: ours %d, SQLite %d, scan %d", want, got, also)
	}
	t.bound("one new window, the interval question", one, "µs", 1)
	t.note("one new window, the interval question", one, "µs", joined, "SQLite, indexed by service")
	t.note("one new window, the interval question", one, "µs", scanned, "unindexed scan")
	t.bound("one new window, all 22 kinds", all, "µs", 1000)

	count := func(e *conflict.Engine) (ms float64, n int) {
		begun := time.Now()
		for range e.All() {
			n++
		}
		return float64(time.Since(begun).Microseconds()) / 1000, n
	}
	pairs, want := count(intervals)
	begun = time.Now()
	if err := db.QueryRow(`SELECT count(*) FROM event a JOIN event b ON b.service = a.service AND b.id > a.id
		AND b.from_at < a.to_at AND b.to_at > a.from_at`).Scan(&got); err != nil {
		return err
	}
	self := float64(time.Since(begun).Microseconds()) / 1000
	if got != want {
		return fmt.Errorf("the pairs differ: ours %d, SQLite %d", want, got)
	}
	t.bound("the whole calendar, the interval part", pairs, "ms", 2)
	t.note("the whole calendar, the interval part", pairs, "ms", self, "SQLite self-join")
	whole, n := count(engine)
	t.bound("the whole calendar, all 22 kinds", whole, "ms", 100)
	t.note(fmt.Sprintf("conflicts found among %d works", len(w.Work)), float64(n), "", 0, "")
	return nil
}

// fill puts the occupied intervals into a table with the index that serves the question best.
func fill(db *sql.DB, all []conflict.Work) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it is committed
	if _, err := tx.Exec("CREATE TABLE event (id INTEGER PRIMARY KEY, service TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL) STRICT"); err != nil {
		return err
	}
	put, err := tx.Prepare("INSERT INTO event (service, from_at, to_at) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for k := range all {
		i, _ := all[k].Occupied(conflict.Default())
		if _, err := put.Exec(all[k].Service, i.From.Unix(), i.To.Unix()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("CREATE INDEX event_service ON event (service, from_at, to_at)"); err != nil {
		return err
	}
	return tx.Commit()
}

// yearOf is a calendar of n events over a year, all kinds known: three of four are changes, the others batch runs,
// maintenance, vendors, windows and freezes; beside them shifts, budgets and resources.
func yearOf(n int) conflict.World {
	const services, teams = 10_000, 500
	r := rand.New(rand.NewPCG(5, 22))
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func() time.Time { return begin.Add(time.Duration(r.IntN(365*24*12)) * 5 * time.Minute) }
	id := func(k int) string { return fmt.Sprintf("service-%05d", k) }
	f := catalog.Facts{Regions: []catalog.Region{{ID: "emea", Zone: "Europe/London"}, {ID: "amer", Zone: "America/New_York"}, {ID: "apac", Zone: "Asia/Kolkata"}}}
	for k := range teams {
		f.Teams = append(f.Teams, catalog.Team{ID: fmt.Sprintf("team-%03d", k)})
	}
	for k := range services {
		f.Services = append(f.Services, catalog.Service{ID: id(k), Tier: catalog.Tier(r.IntN(4)), Team: fmt.Sprintf("team-%03d", k%teams), Regions: []string{f.Regions[k%3].ID}})
	}
	for range 5 * services {
		a := r.IntN(services - 1)
		f.Edges = append(f.Edges, catalog.Edge{From: id(a), To: id(a + 1 + r.IntN(min(services-a-1, 400))), Kind: []catalog.EdgeKind{catalog.Hard, catalog.Soft}[r.IntN(2)]})
	}
	for k := range 50 {
		f.Edges = append(f.Edges, catalog.Edge{From: id(r.IntN(services)), To: fmt.Sprintf("vendor:v%d", k), Kind: catalog.Hard})
	}
	w := conflict.World{At: begin, Rules: conflict.Default(), Known: conflict.All, Catalog: catalog.New(f, 1, begin)}
	for _, region := range f.Regions {
		t := conflict.HourlyTraffic{Region: region.ID}
		for h := range t.Load {
			t.Load[h] = 1000 + float64((h%24)*100) + float64(r.IntN(100))
		}
		w.Traffic = append(w.Traffic, t)
	}
	fact := func(sort conflict.Sort, scope access.Scope, length time.Duration) *conflict.Fact {
		from := at()
		w.Facts = append(w.Facts, conflict.Fact{ID: fmt.Sprintf("%s-%d", sort, len(w.Facts)), Sort: sort, Scope: scope, Interval: calendar.Interval{From: from, To: from.Add(length)}})
		return &w.Facts[len(w.Facts)-1]
	}
	one := func(k int) access.Scope { return access.Scope("service:" + id(k)) }
	zero, quarter := time.Duration(0), 15*time.Minute
	for k := range n {
		switch k % 20 {
		case 0, 1:
			s := r.IntN(services)
			fact(conflict.BatchFact, one(s), 40*time.Minute).Touches = []string{fmt.Sprintf("cluster-%d", s/10)}
		case 2:
			fact(conflict.MaintenanceFact, one(r.IntN(services)), 2*time.Hour)
		case 3:
			fact(conflict.VendorFact, access.Org, 2*time.Hour).Vendor = fmt.Sprintf("v%d", r.IntN(50))
		case 4:
			if k%40 == 4 {
				fact(conflict.FreezeFact, one(r.IntN(services)), 24*time.Hour)
			} else {
				fact(conflict.WindowFact, one(r.IntN(services/10)), 6*time.Hour)
			}
		default:
			s, from := r.IntN(services), at()
			q := conflict.Work{ID: fmt.Sprintf("CHG-%d", k), Service: id(s), Environment: "production", Interval: calendar.Interval{From: from, To: from.Add(time.Duration(2+r.IntN(10)) * 5 * time.Minute)},
				Risk: r.IntN(75), NoticeAt: from.Add(-time.Duration(r.IntN(200)+24) * time.Hour), Prep: &zero, Verify: &quarter, Rollback: &quarter,
				Uses:   []conflict.Use{{Resource: fmt.Sprintf("cluster-%d", s/10), Units: 1}},
				People: []conflict.Person{{ID: access.PersonID(fmt.Sprintf("p%d", r.IntN(4000))), Duty: conflict.Implementer}}, Journeys: []string{fmt.Sprintf("journey-%d", s%300)}, Order: &conflict.Order{}}
			q.Band = change.Risk{Score: q.Risk}.Band()
			w.Work = append(w.Work, q)
		}
	}
	for k := range teams {
		for week := range 54 {
			c := fact(conflict.CoverFact, access.Scope(fmt.Sprintf("team:team-%03d", k)), 0)
			c.From = begin.Add(time.Duration(week-1) * 7 * 24 * time.Hour)
			c.To = c.From.Add(7 * 24 * time.Hour)
		}
	}
	for k := range services / 10 {
		c := fact(conflict.ResourceFact, access.Org, time.Hour)
		c.ID, c.Capacity = fmt.Sprintf("cluster-%d", k), 1
	}
	return w
}
