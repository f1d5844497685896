package main

import (
	"flag"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"

	"signalbox/release/access"
	"signalbox/sshserver"
	glasses "signalbox/terminal"
	"signalbox/themes"
)

var update = flag.Bool("update", false, "write the golden screens anew; read them against the design before you keep them")

// glass is one session of the program as `serve` makes it, with its output kept as the cells of a terminal.
// It lives in a synctest bubble: time passes only when the program has nothing left to do, so that a screen
// is read when it is whole and never before.
type glass struct {
	s    *still
	keys *io.PipeWriter
	mu   sync.Mutex
	emu  *vt.Emulator
	end  func()
}

func (g *glass) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.emu.Write(p)
	return len(p), err
}

// open signs a person in with the words after ssh -t HOST, the queue's where there are none.
func (s *still) open(p access.PersonID, theme string, w, h int, words ...string) *glass {
	s.t.Helper()
	if len(words) == 0 {
		words = []string{"queue"}
	}
	person, err := s.control.PersonByKey(s.t.Context(), s.keys[p])
	if err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	model, _ := s.screen(sshserver.Session{Actor: s.actor(p), Person: person, Term: "xterm-256color", Width: w, Height: h, Done: done, Words: words,
		Env: map[string]string{"LANG": "C.UTF-8", "SIGNALBOX_THEME": theme}})
	emu := vt.NewEmulator(w, h)
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, emu); close(drained) }() // the terminal's answers to queries
	in, keys := io.Pipe()
	g := &glass{s: s, keys: keys, emu: emu}
	shown := glasses.New(g, glasses.Options{Term: "xterm-256color", Width: w, Height: h})
	program := tea.NewProgram(shown.Watch(model), append(shown.Program(), tea.WithInput(in), tea.WithWindowSize(w, h), tea.WithColorProfile(colorprofile.TrueColor),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "LANG=C.UTF-8"}), tea.WithoutSignalHandler())...)
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		_ = shown.Leave()
		ended <- err
	}()
	g.end = sync.OnceFunc(func() {
		close(done)
		if err := <-ended; err != nil {
			s.t.Errorf("the session ended with %v", err)
		}
		_ = keys.Close()
		_ = in.Close()
		_ = emu.InputPipe().(io.Closer).Close()
		<-drained
		time.Sleep(10 * time.Second) // what waits for its time outlives the program
	})
	s.t.Cleanup(g.end)
	g.settle()
	return g
}

// settle lets the program do all that it has to: more than the pace at which a session reads again, less
// than what it does unasked.
func (g *glass) settle() {
	time.Sleep(900 * time.Millisecond)
	synctest.Wait()
}

// press types keys, one after the other.
func (g *glass) press(keys ...string) {
	for _, k := range keys {
		_, _ = io.WriteString(g.keys, k)
		g.settle()
	}
}

// cells is what is on the glass.
func (g *glass) cells() frame {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := make(frame, g.emu.Height())
	for y := range f {
		f[y] = make([]uv.Cell, g.emu.Width())
		for x := range f[y] {
			if c := g.emu.CellAt(x, y); c != nil {
				f[y][x] = *c
			}
			if c := &f[y][x]; c.Content == "" && c.Width != 0 {
				c.Content = " "
			}
			if c := &f[y][x]; c.Content == " " && c.Style.Underline == 0 && c.Style.Attrs&(uv.AttrReverse|uv.AttrStrikethrough) == 0 {
				c.Style = uv.Style{Bg: c.Style.Bg} // nothing else of a blank is seen, and it need not be written
			}
		}
	}
	return f
}

// frame is the cells of a screen, by row and column.
type frame [][]uv.Cell

// text is a frame's letters, without blanks at the ends of rows.
func (f frame) text() string {
	var b strings.Builder
	for _, row := range f {
		var line strings.Builder
		for _, c := range row {
			line.WriteString(c.Content)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// ansi is a frame with its colours, one sequence for each run of cells that look alike: cat shows it.
func (f frame) ansi() string {
	var b strings.Builder
	for _, row := range f {
		for x := 0; x < len(row); {
			var run strings.Builder
			first := x
			for ; x < len(row) && row[x].Style.Equal(&row[first].Style); x++ {
				run.WriteString(row[x].Content)
			}
			b.WriteString(row[first].Style.Styled(run.String()))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// differs lists the cells in which two frames differ, as row:column counted from 0.
func (f frame) differs(o frame) [][2]int {
	var out [][2]int
	for y := range f {
		for x := range f[y] {
			if !f[y][x].Equal(&o[y][x]) {
				out = append(out, [2]int{y, x})
			}
		}
	}
	return out
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs.\nwant:\n%s\ngot:\n%s", name, want, got)
	}
}

var sizes = []struct {
	name string
	w, h int
}{{"80x24", 80, 24}, {"120x36", 120, 36}}

// moments are the screens of the house at noon, each reached by keys from the queue.
var moments = []struct {
	name string
	who  access.PersonID
	keys []string
}{
	{"queue", "n.okafor", nil},
	{"queue-j", "n.okafor", []string{"j"}},
	{"queue-frozen", "n.okafor", []string{"j", "j", "j"}},
	{"queue-stranger", "n.okafor", []string{"j", "j", "j", "j", "j"}},
	{"queue-unknown", "n.okafor", []string{"g", "e"}},
	{"approve", "n.okafor", []string{"j", "j", "A"}},
	{"approve-frozen", "n.okafor", []string{"j", "j", "j", "A"}},
	{"change", "n.okafor", []string{"j", "j", "\r"}},
	{"change-bare", "n.okafor", []string{"\r"}},
	{"help", "n.okafor", []string{"?"}},
	{"palette", "n.okafor", []string{":"}},
	{"refused", "k.sato", []string{"A"}},
}

// TestGoldenScreens holds the program's own output, read against the frames of the design.
func TestGoldenScreens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		for _, size := range sizes {
			for _, m := range moments {
				g := s.open(m.who, "dark", size.w, size.h)
				g.press(m.keys...)
				s.keep(m.name+"-"+size.name, g)
			}
		}
		for _, theme := range []string{"dark", "light", "high-contrast", "cb-safe", "16", "mono"} {
			g := s.open("n.okafor", theme, 80, 24)
			golden(t, "queue-80x24-"+theme+".ansi", g.cells().ansi())
			g.end()
		}
		s.until(24, "13:20:05") // the feed promised a word every 20 minutes
		for _, size := range sizes {
			s.keep("dark-"+size.name, s.open("n.okafor", "dark", size.w, size.h))
		}
	})
}

func TestGoldenEmptyStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		for _, size := range sizes {
			s.keep("empty-"+size.name, s.open("n.okafor", "dark", size.w, size.h))
		}
	})
}

// TestGoldenFeeds: the Feeds screen of a store to which an Alertmanager, a calendar, a catalog and a calendar
// that answers with a page to sign in were connected, and what they change on a change's own screen.
func TestGoldenFeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.connected()
		for _, size := range sizes {
			for _, m := range []struct {
				name string
				keys []string
			}{{"feeds", []string{"g", "f"}}, {"feeds-letters", []string{"g", "f", "j", "\t"}}, {"feeds-log", []string{"g", "f", "\r"}}, {"change-alert", []string{"j", "j", "\r"}}, {"approve-alert", []string{"j", "j", "A"}}} {
				g := s.open("n.okafor", "dark", size.w, size.h)
				g.press(m.keys...)
				s.keep(m.name+"-"+size.name, g)
			}
		}
	})
}

// TestGoldenApproved: three keys, one decision, and the way back.
func TestGoldenApproved(t *testing.T) {
	for _, size := range sizes {
		synctest.Test(t, func(t *testing.T) {
			s := busy(t, "one")
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("j", "j", "A", "\r")
			s.keep("approved-"+size.name, g)
		})
	}
}

// keep compares a screen with its golden, weighs its colours, and ends the session.
func (s *still) keep(name string, g *glass) {
	s.t.Helper()
	f := g.cells()
	g.end()
	golden(s.t, name+".txt", f.text())
	s.weigh(name, f)
}

// weigh holds a screen of the dark theme to the budget of colour: at most 12 % of its cells have a hue.
func (s *still) weigh(name string, f frame) {
	s.t.Helper()
	if share := f.hue(); share > 12 {
		s.t.Errorf("%s: %.1f %% of the cells have a hue, and 12 %% may", name, share)
	}
}

// hue is the share, in percent, of cells of the dark theme whose letter has one of its hues. Shades are not
// counted.
func (f frame) hue() float64 {
	dark, _ := themes.ByName("dark", colorprofile.TrueColor)
	hues := map[color.RGBA]bool{}
	for _, k := range []themes.Token{themes.Go, themes.Caution, themes.Stop, themes.Esc, themes.Plan, themes.Accent, themes.LineFocus} {
		hues[rgba(dark.Color(k))] = true
	}
	n := 0
	for _, row := range f {
		for _, c := range row {
			if c.Style.Fg != nil && strings.Trim(c.Content, " ░") != "" && hues[rgba(c.Style.Fg)] {
				n++
			}
		}
	}
	return 100 * float64(n) / float64(len(f)*len(f[0]))
}

func rgba(c color.Color) color.RGBA { return color.RGBAModel.Convert(c).(color.RGBA) }

// TestSeeds: the same seed gives the same bytes, colours too, and another does not.
func TestSeeds(t *testing.T) {
	shots := func(seed string) (out []string) {
		synctest.Test(t, func(t *testing.T) {
			s := busy(t, seed)
			for _, keys := range [][]string{nil, {"A"}, {"\r"}} {
				g := s.open("n.okafor", "dark", 120, 36)
				g.press(keys...)
				out = append(out, g.cells().ansi())
				g.end()
			}
		})
		return out
	}
	one, again, other := shots("one"), shots("one"), shots("two")
	for i := range one {
		if one[i] != again[i] {
			t.Errorf("screen %d of the same seed differs:\n%s\n%s", i, one[i], again[i])
		}
		if one[i] == other[i] {
			t.Errorf("screen %d of another seed is the same:\n%s", i, one[i])
		}
	}
}

// TestOneFact changes one stored fact, through the connector, under a session that looks: the cells that show
// it change, and no other.
func TestOneFact(t *testing.T) {
	check := func(s *still) { s.ships["notify-svc"].check("unit", "failure", "1 of 540 failed") }
	lines := func(s *still) { s.ships["mobile-gw"].merged(1200, 2, "") } // more than 1000 lines: 4 points of risk
	for _, c := range []struct {
		name, row     string
		w, h          int
		tell          func(*still)
		before, after string
	}{
		{"a check in the queue", " CHG-8 ", 80, 24, check, "3/3", "2/3"},
		{"risk in the queue", " CHG-6 ", 80, 24, lines, "40 M", "44 M"},
		{"risk in the list of the wide queue", " 6 mobile-gw", 120, 36, lines, "40M", "44M"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := busy(t, "one")
				g := s.open("n.okafor", "dark", c.w, c.h)
				before := g.cells()
				c.tell(s)
				g.settle()
				after := g.cells()
				y, x := before.find(c.row, c.before)
				if y < 0 {
					t.Fatalf("no row with %q shows %q:\n%s", c.row, c.before, before.text())
				}
				if ay, ax := after.find(c.row, c.after); ay != y || ax != x {
					t.Errorf("%q is not where %q was:\n%s", c.after, c.before, after.text())
				}
				for _, d := range before.differs(after) {
					if d[0] != y || d[1] < x || d[1] >= x+len(c.before) {
						t.Errorf("row %d column %d changed from %q to %q; the fact is shown in row %d from column %d",
							d[0]+1, d[1]+1, before[d[0]][d[1]].Content, after[d[0]][d[1]].Content, y+1, x+1)
					}
				}
			})
		})
	}
}

// find is where a text stands in the first row that holds another text, counted from 0, or −1.
func (f frame) find(row, text string) (y, x int) {
	for y, line := range strings.Split(f.text(), "\n") {
		if !strings.Contains(line, row) {
			continue
		}
		if before, _, ok := strings.Cut(line, text); ok {
			return y, uv.NewStyledString(before).Bounds().Dx()
		}
	}
	return -1, -1
}
