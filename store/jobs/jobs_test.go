package jobs_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"go.uber.org/goleak"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store/jobs"
	"signalbox/store/storetest"
)

// The test binary is its own second process: with ROLE set it works on the queue that it names, says which
// job it has begun, and never ends one.
const roleVariable = "SIGNALBOX_JOBS_TEST_ROLE"

func TestMain(m *testing.M) {
	if where := os.Getenv(roleVariable); where != "" {
		e, err := jobs.Open(context.Background(), where, quiet(), nil)
		if err == nil {
			err = e.Work(context.Background(), func(_ context.Context, j port.Job, _ bool) error {
				fmt.Println(j.Key)
				select {}
			})
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// engines runs a test on a fresh queue of each kind.
func engines(t *testing.T, run func(t *testing.T, where string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, filepath.Join(t.TempDir(), "jobs.db")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); run(t, storetest.Postgres(t)) })
}

func open(t *testing.T, where string) *jobs.Engine {
	t.Helper()
	return openAt(t, func() (*jobs.Engine, error) { return jobs.Open(context.Background(), where, quiet(), nil) })
}

func openAt(t *testing.T, how func() (*jobs.Engine, error)) *jobs.Engine {
	t.Helper()
	e, err := how()
	if err != nil {
		t.Fatalf("open: %v (%v)", err, errors.Unwrap(err))
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func enqueue(t *testing.T, e *jobs.Engine, list ...port.Job) {
	t.Helper()
	if err := e.Enqueue(context.Background(), list); err != nil {
		t.Fatalf("enqueue: %v (%v)", err, errors.Unwrap(err))
	}
}

// try is one call of do.
type try struct {
	port.Job
	last bool
	at   time.Time
}

// log remembers the tries.
type log struct {
	mu    sync.Mutex
	tries []try
}

func (l *log) add(j port.Job, last bool) (before int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tries {
		if t.Job == j {
			before++
		}
	}
	l.tries = append(l.tries, try{j, last, time.Now()})
	return before
}

func (l *log) of(key string) (out []try) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tries {
		if key == "" || t.Key == key {
			out = append(out, t)
		}
	}
	return out
}

// work works until the test ends, or until the function that it returns is called.
func work(t *testing.T, e *jobs.Engine, do func(ctx context.Context, j port.Job, last bool) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Work(ctx, do) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("work: %v (%v)", err, errors.Unwrap(err))
		}
	})
	t.Cleanup(stop)
	return stop
}

// states counts the jobs of each state in the table itself.
func states(t *testing.T, where string) map[string]int {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(where, "postgres:") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT state, COUNT(*) FROM " + jobs.Table(where) + " GROUP BY state")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var s string
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			t.Fatal(err)
		}
		out[s] = n
	}
	return out
}

func settled(t *testing.T, where string, want map[string]int) {
	t.Helper()
	storetest.Eventually(t, fmt.Sprintf("the jobs %v", want), func() bool { return fmt.Sprint(states(t, where)) == fmt.Sprint(want) })
}

func many(n int) []port.Job {
	list := make([]port.Job, n)
	for i := range list {
		list[i] = port.Job{Key: "k-" + strconv.Itoa(i), Kind: "send", ID: "OUT-" + strconv.Itoa(i)}
	}
	return list
}

// once checks that each job was tried once and as it was enqueued.
func once(t *testing.T, l *log, list []port.Job) {
	t.Helper()
	for _, j := range list {
		if got := l.of(j.Key); len(got) != 1 || got[0].Job != j || got[0].last {
			t.Errorf("%v was tried as %v", j, got)
		}
	}
	if got := l.of(""); len(got) != len(list) {
		t.Errorf("%d tries of %d jobs", len(got), len(list))
	}
}

func TestEachJobOnce(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		e := open(t, where)
		var l log
		list := many(200)
		enqueue(t, e, list[:100]...)
		stop := work(t, e, func(_ context.Context, j port.Job, last bool) error { l.add(j, last); return nil })
		enqueue(t, e, list[100:]...)
		settled(t, where, map[string]int{"completed": 200})
		stop()
		once(t, &l, list)
	})
}

// TestOneKey: a key is one job, in whatever hands and states, also after it is over and after a new start.
func TestOneKey(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		e := open(t, where)
		j := port.Job{Key: "k", Kind: "send", ID: "OUT-1"}
		var l log
		var crowd sync.WaitGroup
		for range 5 {
			crowd.Go(func() {
				if err := e.Enqueue(context.Background(), []port.Job{j, j}); err != nil {
					t.Errorf("enqueue: %v (%v)", err, errors.Unwrap(err))
				}
			})
		}
		crowd.Wait()
		do := func(_ context.Context, j port.Job, last bool) error { l.add(j, last); return nil }
		stop := work(t, e, do)
		settled(t, where, map[string]int{"completed": 1})
		enqueue(t, e, j, port.Job{Key: "k2", Kind: "send", ID: "OUT-1"})
		settled(t, where, map[string]int{"completed": 2})
		stop()
		again := open(t, where)
		enqueue(t, again, j, port.Job{Key: "k3", Kind: "send", ID: "OUT-1"})
		work(t, again, do)
		settled(t, where, map[string]int{"completed": 3})
		if n := len(l.of("k")); n != 1 {
			t.Fatalf("the key was tried %d times", n)
		}
		storetest.Refuse(t, again.Enqueue(context.Background(), []port.Job{{Kind: "send", ID: "OUT-1"}}), release.Internal)
	})
}

func TestFailureIsTriedAgainUntilTheLast(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		e := openAt(t, func() (*jobs.Engine, error) {
			return jobs.Open(context.Background(), where, quiet(), jobs.Tries(4))
		})
		list := many(6)
		enqueue(t, e, list...)
		var l log
		no := release.Errorf(release.Unavailable, "the forge does not answer")
		work(t, e, func(ctx context.Context, j port.Job, last bool) error {
			n := l.add(j, last)
			switch {
			case j.Key == "k-0": // never
				return no
			case j.Key == "k-1" && n < 2: // at last
				return no
			case j.Key == "k-2":
				return release.Errorf(release.Refused, "the forge does not want it")
			case j.Key == "k-3" && n == 0:
				panic("a fault")
			case j.Key == "k-4" && n == 0: // too long for one try
				<-ctx.Done()
				return ctx.Err()
			case j.Key == "k-5" && n == 0:
				return no.Because(port.RetryAfter{After: 3 * time.Second, Err: errors.New("429")})
			}
			return nil
		})
		settled(t, where, map[string]int{"completed": 4, "discarded": 1, "cancelled": 1})
		for key, want := range map[string]int{"k-0": 4, "k-1": 3, "k-2": 1, "k-3": 2, "k-4": 2, "k-5": 2} {
			got := l.of(key)
			if len(got) != want {
				t.Errorf("%s: %d tries, want %d", key, len(got), want)
			}
			for i, g := range got {
				if g.last != (i == 3) {
					t.Errorf("%s: try %d is the last: %v", key, i+1, g.last)
				}
			}
		}
		if waited := l.of("k-5")[1].at.Sub(l.of("k-5")[0].at); waited < 3*time.Second {
			t.Errorf("tried again after %s although three seconds were asked for", waited)
		}
	})
}

func TestPause(t *testing.T) {
	for _, c := range []struct {
		tries  int
		chance float64
		want   time.Duration
	}{
		{1, 0.5, 5 * time.Second}, {1, 0, 4 * time.Second}, {1, 1, 6 * time.Second}, {2, 0.5, 10 * time.Second},
		{5, 0.5, 80 * time.Second}, {8, 0.5, 640 * time.Second}, {9, 0.5, 15 * time.Minute}, {11, 1, 18 * time.Minute},
		{1000, 0.5, 15 * time.Minute},
	} {
		if got := jobs.Pause(c.tries, c.chance); got.Round(time.Millisecond) != c.want {
			t.Errorf("after %d tries with chance %g: %s, want %s", c.tries, c.chance, got, c.want)
		}
	}
}

// TestStopCutsOff: a job that runs when the engine stops is put back, and that try does not count.
func TestStopCutsOff(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		e := openAt(t, func() (*jobs.Engine, error) {
			return jobs.Open(context.Background(), where, quiet(), jobs.Impatient)
		})
		enqueue(t, e, many(1)...)
		var l log
		stop := work(t, e, func(ctx context.Context, j port.Job, last bool) error {
			l.add(j, last)
			<-ctx.Done()
			return release.Errorf(release.Unavailable, "cut off")
		})
		storetest.Eventually(t, "the first try", func() bool { return len(l.of("")) == 1 })
		stop()
		settled(t, where, map[string]int{"available": 1})
		work(t, e, func(_ context.Context, j port.Job, last bool) error { l.add(j, last); return nil })
		settled(t, where, map[string]int{"completed": 1})
	})
}

// TestDeadProcess: a process is killed in the middle of a job, and another takes the job up.
func TestDeadProcess(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		e := openAt(t, func() (*jobs.Engine, error) { return jobs.Open(context.Background(), where, nil, jobs.Short) })
		enqueue(t, e, many(1)...)
		other := exec.Command(self)
		other.Env, other.Stderr = append(os.Environ(), roleVariable+"="+where), os.Stderr
		out, err := other.StdoutPipe()
		if err == nil {
			err = other.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
		if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "k-0" {
			t.Fatalf("the other process said %q", lines.Text())
		}
		begun := time.Now()
		if err := other.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = other.Wait()
		if got := states(t, where); got["running"] != 1 {
			t.Fatalf("the job is %v", got)
		}
		// River looks for such jobs when it begins to lead, and then every 30 seconds.
		storetest.Eventually(t, "the job to be older than a try may be", func() bool { return time.Since(begun) > 2100*time.Millisecond })
		var l log
		work(t, e, func(_ context.Context, j port.Job, last bool) error { l.add(j, last); return nil })
		// The dead one may lead for another 15 seconds; then its job is found, and made ready within five.
		storetest.Eventually(t, "the end of the dead one's lead", func() bool { return states(t, where)["running"] == 0 })
		settled(t, where, map[string]int{"completed": 1})
		once(t, &l, many(1))
	})
}

func TestTwoEngines(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		list := many(200)
		var l log
		var starts sync.WaitGroup
		both := make([]*jobs.Engine, 2)
		for i := range both {
			starts.Go(func() {
				e, err := jobs.Open(context.Background(), where, quiet(), nil)
				if err != nil {
					t.Errorf("open: %v (%v)", err, errors.Unwrap(err))
				}
				both[i] = e
			})
		}
		starts.Wait()
		if t.Failed() {
			t.FailNow()
		}
		var hands [2]sync.WaitGroup
		for i, e := range both {
			openAt(t, func() (*jobs.Engine, error) { return e, nil })
			// Each enqueues all.
			hands[i].Go(func() { enqueue(t, e, list...) })
			work(t, e, func(_ context.Context, j port.Job, last bool) error { l.add(j, last); return nil })
		}
		for i := range hands {
			hands[i].Wait()
		}
		settled(t, where, map[string]int{"completed": 200})
		once(t, &l, list)
	})
}

func TestCloseStopsWork(t *testing.T) {
	engines(t, func(t *testing.T, where string) {
		e := open(t, where)
		begun, ended := make(chan struct{}), make(chan error, 1)
		enqueue(t, e, many(1)...)
		go func() {
			ended <- e.Work(context.Background(), func(context.Context, port.Job, bool) error { close(begun); return nil })
		}()
		<-begun
		do := func(context.Context, port.Job, bool) error { return nil }
		storetest.Refuse(t, e.Work(context.Background(), do), release.Internal)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatalf("work: %v", err)
		}
		storetest.Refuse(t, e.Work(context.Background(), do), release.Unavailable)
		storetest.Refuse(t, e.Enqueue(context.Background(), many(1)), release.Unavailable)
	})
}

func TestOpenWrongly(t *testing.T) {
	ctx := context.Background()
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	url := storetest.Postgres(t)
	guest := strings.Replace(url, "signalbox@", "guest@", 1)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE ROLE guest LOGIN"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		where string
		code  release.Code
		says  string
	}{
		{text, release.Unavailable, "filled from the store"},
		{filepath.Join(t.TempDir(), "none", "jobs.db"), release.Unavailable, "none/jobs.db does not answer"},
		{"postgres://%zz", release.Usage, "cannot be read"},
		{"postgres://sb@127.0.0.1:1/x?connect_timeout=2", release.Unavailable, "PostgreSQL does not answer"},
		{guest, release.Unavailable, "CREATE SCHEMA river"},
	} {
		_, err := jobs.Open(ctx, c.where, quiet(), nil)
		storetest.Refuse(t, err, c.code)
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q does not say %q", err, c.says)
		}
	}
}
