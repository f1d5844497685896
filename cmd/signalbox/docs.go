package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"signalbox/cmd/signalbox/settings"
	"signalbox/control"
	"signalbox/release/access"
	"signalbox/release/verb"
)

// docsCommand writes the generated documents; a test fails when they are stale.
func docsCommand() *cobra.Command {
	return &cobra.Command{Use: "docs DIR", Short: "Write the generated documents", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			for name, text := range documents() {
				if err := os.WriteFile(filepath.Join(args[0], name), []byte(text), 0o644); err != nil {
					return err
				}
			}
			return nil
		}}
}

// documents are the generated files by name.
func documents() map[string]string {
	return map[string]string{"CLI.md": cliDocument(control.Catalogue()), "KEYS.md": keysDocument(control.Catalogue()), "CONFIGURATION.md": string(settings.Markdown())}
}

const generated = "<!-- Generated from the declarations in control/table.go by `make docs`. Do not edit. -->\n\n"

func cliDocument(t verb.Table) string {
	var b strings.Builder
	b.WriteString("# Command line\n\n" + generated)
	b.WriteString("Every verb runs with the same rules as `signalbox VERB --data DIR` on the machine (with `--database URL` for PostgreSQL) and as " +
		"`ssh HOST VERB` from anywhere, where words with blanks are quoted twice: `ssh HOST approve CHG-12 -m \"'why it is right'\"`. " +
		"The levers of KEYS.md are also pulled from the screens. `--json` prints JSON, errors too.\n\n" +
		"Exit status: 0 done, 1 fault or store unavailable, 2 usage, 3 not found, 4 refused, 5 changed under you; `gate` exits 0 pass or warn, 10 blocked, 20 needs approval, 30 unknown.\n\n" +
		"| verb | what it does | needs | over SSH |\n|---|---|---|---|\n")
	for _, v := range t {
		over := "yes"
		if v.Machine {
			over = "no: it works on the machine's own files"
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", v.Name, strings.ReplaceAll(v.Name, " ", "-"), v.Short, needs(v.Permission), over)
	}
	for _, v := range t {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n```\nsignalbox %s\n```\n", v.Name, upper(v.Short), strings.TrimPrefix(v.Usage(), "usage: "))
		if v.Alias != "" {
			fmt.Fprintf(&b, "\nAlso: `%s`.\n", v.Alias)
		}
		if v.Long != "" {
			fmt.Fprintf(&b, "\n%s\n", v.Long)
		}
		if len(v.Args)+len(v.Flags) > 0 {
			b.WriteString("\n| word | meaning |\n|---|---|\n")
		}
		for _, a := range v.Args {
			fmt.Fprintf(&b, "| `%s` | %s |\n", a.Name, meaning(a.Help, a.Values, !a.Optional))
		}
		for _, f := range v.Flags {
			name := "--" + f.Name
			if f.Short != "" {
				name += "`, `-" + f.Short
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, meaning(f.Help, f.Values, f.Required))
		}
		fmt.Fprintf(&b, "\nExample: `signalbox %s`\n", v.Example)
	}
	return b.String()
}

func keysDocument(t verb.Table) string {
	var b strings.Builder
	b.WriteString("# Levers and their keys\n\n" + generated)
	b.WriteString("Lower case looks, UPPER CASE acts. A lever that you do not hold is absent; one that is locked is dim and says why. `?` on any screen lists all keys.\n\n" +
		"| key | lever | on | confirm | needs |\n|---|---|---|---|---|\n")
	for _, v := range t {
		if v.Key == "" || len(v.Views) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s: %s | %s | %s | %s |\n", v.Key, v.Hint, v.Short, strings.Join(v.Views, ", "), confirm(v.Danger), needs(v.Permission))
	}
	return b.String()
}

func confirm(d verb.Danger) string {
	return map[verb.Danger]string{
		verb.Look: "none", verb.Free: "none", verb.Light: "a sheet with a ready reason, `⏎`",
		verb.Full: "a sheet and a reason in your own words", verb.Armed: "type the id",
	}[d]
}

func needs(p access.Permission) string {
	if p == access.Public {
		return "nothing"
	}
	var names []string
	for _, r := range access.RolesWith(p) {
		names = append(names, string(r))
	}
	if len(names) > 4 {
		return "any role but trainer"
	}
	return strings.Join(names, ", ")
}

func meaning(help string, values []string, required bool) string {
	if len(values) > 0 {
		help += " (" + strings.Join(values, ", ") + ")"
	}
	if required {
		help += "; needed"
	}
	return help
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
