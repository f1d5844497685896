// Command bench measures signalbox beside its limits and peers, all in one run on one machine: figures of two
// machines say nothing, ratios of one run do. It prints each goal with the figure, the peer's figure, the ratio
// and whether the goal is reached. Servers run in processes of their own, callers in this one.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := served(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	only := flag.String("only", "", "the sections to run, with commas between: "+strings.Join(names(), ","))
	live := flag.String("live", "1,200,1000", "how many live screens, in rising order")
	keys := flag.Int("keys", 200, "keys pressed at each number of screens")
	window := flag.Duration("window", 4*time.Second, "how long CPU and rates are measured for")
	stock := flag.Int("stock", 200, "the most live screens for the stock renderer, which does not carry more on two cores")
	root := flag.String("root", "..", "the directory of the module signalbox")
	flag.Parse()
	if err := run(*only, *live, *keys, *stock, *window, *root); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// served runs the process of one server.
func served(args []string) error {
	switch args[0] {
	case "opa":
		return serveOPA()
	}
	var n [3]int
	for i := range n {
		v, err := strconv.Atoi(args[2+i])
		if err != nil {
			return err
		}
		n[i] = v
	}
	return serve(args[0], args[1], echo{n[0], n[1], n[2]})
}

var sections = []struct {
	name string
	run  func(*table, string, effort) error
}{{"radius", radius}, {"calendar", schedules}, {"gate", gates}, {"decisions", decisions}, {"ingest", ingest}, {"screens", screens}}

func names() (out []string) {
	for _, s := range sections {
		out = append(out, s.name)
	}
	return out
}

func run(only, live string, keys, stock int, window time.Duration, root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	e := effort{keys: keys, window: window, dials: 20, stock: stock}
	for _, s := range strings.Split(live, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("-live %s: numbers with commas between", live)
		}
		e.live = append(e.live, n)
	}
	begun := time.Now()
	fmt.Printf("%s, %d cores, %s/%s\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	t := &table{}
	for _, s := range sections {
		if only != "" && !slices.Contains(strings.Split(only, ","), s.name) {
			continue
		}
		if err := s.run(t, root, e); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	t.summary()
	fmt.Printf("%.0f s\n", time.Since(begun).Seconds())
	return nil
}
