package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release/feed"
)

// Markdown is the document of the file: every key, kind by kind.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString("# Configuration\n\n<!-- Generated from the table in cmd/signalbox/settings by `make docs`. Do not edit. -->\n\n" +
		"One strict YAML file, `DIR/signalbox.yaml` or the one named by `--config`. Without it every key has its default. A key that is not listed here refuses the start; " +
		"all faults are told at once, each with its line and column. `signalbox config check` tells them without starting anything, and `signalbox config schema` prints a JSON schema for editors: " +
		"`# yaml-language-server: $schema=signalbox.schema.json` as the first line.\n\n" +
		"- Secrets never stand in the file: `secret_file` and `secret_env` name where they are. Two are valid at once while one replaces the other.\n" +
		"- Relative paths are resolved against the directory of the configuration file.\n" +
		"- A duration has a unit: `90s`, `10m`, `1h30m`.\n" +
		"- SIGHUP reads the file again. Keys marked ↻ wait for the next start; a file with a fault changes nothing.\n")
	for _, f := range file.fields {
		if f.key != "connectors" {
			section(&b, "## "+f.key, f, f.key)
		}
	}
	b.WriteString("\n## connectors\n\nThe systems outside that signalbox hears from, asks or tells. Each has:\n\n")
	rows(&b, "", head)
	for _, k := range kinds {
		fmt.Fprintf(&b, "\n### %s\n\n%s %s\n\n", k.name, k.about, directions[k.direction])
		rows(&b, "", k.fields)
		notes(&b, k.rules)
	}
	return []byte(b.String())
}

var directions = map[feed.Kind]string{
	feed.Push: "The other side calls `/v1/hooks/NAME`.",
	feed.Pull: "signalbox asks.",
	feed.Out:  "signalbox tells.",
}

func section(b *strings.Builder, title string, f field, key string) {
	fmt.Fprintf(b, "\n%s\n\n", title)
	switch {
	case f.form == object:
		fmt.Fprintf(b, "%s.\n\n", f.about)
		rows(b, key+".", f.fields)
		notes(b, f.rules)
	case f.form == list && f.item.form == object:
		fmt.Fprintf(b, "%s. A list, each with the keys below. Without it: %s.\n\n", f.about, f.unless)
		rows(b, "", f.item.fields)
	default:
		rows(b, "", []field{f})
	}
}

func rows(b *strings.Builder, prefix string, fields []field) {
	b.WriteString("| key | meaning | value | default |\n|---|---|---|---|\n")
	for _, f := range fields {
		row(b, prefix, f)
	}
}

func row(b *strings.Builder, prefix string, f field) {
	mark := ""
	if f.restart {
		mark = " ↻"
	}
	fmt.Fprintf(b, "| `%s%s`%s | %s | %s | %s |\n", prefix, f.key, mark, cell(f.about), cell(f.written()), f.standing())
	if f.form == object {
		for _, g := range f.fields {
			row(b, prefix+f.key+".", g)
		}
	}
}

// written says in the document what may stand there.
func (f *field) written() string {
	s := f.named()
	switch {
	case f.form == list && f.is == "a list":
		s = "a list, each " + short(f.item.named())
	case f.form == whole:
		s = fmt.Sprintf("a whole number from %d to %d", f.low, f.high)
	case f.form == mapping:
		s = "a mapping from " + short(f.is) + " to " + f.item.named()
	case f.form == duration:
		s = bounds(time.Duration(f.low), time.Duration(f.high))
	case f.form == path:
		s = "a path"
	case len(f.choices) > 0:
		s = "`" + strings.Join(f.choices, "`, `") + "`"
	}
	if f.example != "" {
		s = short(s) + ", such as `" + f.example + "`"
	}
	return s
}

// standing says in the document what holds without the key.
func (f *field) standing() string {
	switch {
	case f.required:
		return "**required**"
	case f.fallback != "":
		return "`" + cell(f.fallback) + "`"
	}
	return cmp.Or(cell(f.unless), "–")
}

func notes(b *strings.Builder, rules []rule) {
	var out []string
	for i, r := range rules {
		keys := "`" + strings.Join(r.keys, "` or `") + "`"
		switch {
		case r.kind == exactlyOne:
			out = append(out, "Exactly one of "+keys+" is given.")
		case r.kind == atMostOne:
			out = append(out, "At most one of "+keys+" is given.")
		case i == 0 || !r.like(rules[i-1]):
			out = append(out, needing(rules[i:])+" "+keys+".")
		}
	}
	if len(out) > 0 {
		b.WriteString("\n" + strings.Join(out, " ") + "\n")
	}
}

// needing names the keys of the first rules, which all ask for the same.
func needing(rules []rule) string {
	keys := []string{"`" + rules[0].key + "`"}
	for _, r := range rules[1:] {
		if !r.like(rules[0]) {
			break
		}
		keys = append(keys, "`"+r.key+"`")
	}
	if len(keys) == 1 {
		return keys[0] + " needs"
	}
	return strings.Join(keys[:len(keys)-1], ", ") + " and " + keys[len(keys)-1] + " need"
}

// like reports whether two rules ask for the same.
func (r rule) like(other rule) bool { return r.kind == other.kind && slices.Equal(r.keys, other.keys) }

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
