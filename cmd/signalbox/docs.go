package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
	return map[string]string{"CLI.md": cliDocument(control.Catalogue()) + machineDocument() + sandboxDocument(), "KEYS.md": keysDocument(slices.Concat(control.Catalogue(), control.SandboxVerbs())), "CONFIGURATION.md": string(settings.Markdown()) + eventsDocument()}
}

// eventsDocument lists what a target may be told of.
func eventsDocument() string {
	var b strings.Builder
	b.WriteString("\n## Events\n\nWhat `events` of a webhook or of mail may name, as the audit log calls it: acts of people by their verb, what happens by itself with a dot. " +
		"Those marked ● are told where `events` is left out.\n\n| event | by default |\n|---|---|\n")
	for _, e := range control.Events() {
		mark := ""
		if slices.Contains(control.DefaultEvents, e) {
			mark = "●"
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", e, mark)
	}
	return b.String()
}

const generated = "<!-- Generated from the declarations in control/table.go and cmd/signalbox by `make docs`. Do not edit. -->\n\n"

func cliDocument(t verb.Table) string {
	var b strings.Builder
	b.WriteString("# Command line\n\n" + generated)
	b.WriteString("Every verb runs with the same rules as `signalbox VERB --data DIR` on the machine (with `--database URL` for PostgreSQL) and as " +
		"`ssh HOST VERB` from anywhere, where words with blanks are quoted twice: `ssh HOST approve CHG-12 -m \"'why it is right'\"`. " +
		"The levers of KEYS.md are also pulled from the screens. `--json` prints JSON, errors too.\n\n" +
		"Exit status: 0 done, 1 fault or store unavailable, 2 usage, 3 not found, 4 refused, 5 changed under you; `gate` exits 0 pass or warn, 10 blocked, 20 needs approval, 30 unknown.\n\n" +
		"After the verbs: [the machine's own commands](#the-machines-own-commands), which serve, check, back up and restore.\n\n" +
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

// machineDocument describes what only the machine's command line has, and the flags that all commands share.
func machineDocument() string {
	root, _ := newRoot(strings.NewReader(""), io.Discard, io.Discard)
	root.InitDefaultCompletionCmd()
	// fang adds this one when the command line is executed, and hides it.
	root.AddCommand(&cobra.Command{Use: "man", Short: "Write the manual page of all commands to standard output", Example: "signalbox man | man -l -",
		Run: func(*cobra.Command, []string) {}})
	var own []*cobra.Command
	for _, c := range root.Commands() {
		if !c.Hidden && c.Name() != "help" && !ofCatalogue(c.Name()) {
			own = append(own, leaves(c)...)
		}
	}
	slices.SortFunc(own, func(a, b *cobra.Command) int { return strings.Compare(a.CommandPath(), b.CommandPath()) })
	var b strings.Builder
	b.WriteString("\n# The machine's own commands\n\nThey work on this machine's files and are not there over SSH. These flags go with every command:\n\n| word | meaning |\n|---|---|\n")
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { fmt.Fprintf(&b, "| `--%s` | %s |\n", f.Name, described(f)) })
	b.WriteString("\n| command | what it does |\n|---|---|\n")
	for _, c := range own {
		name := strings.TrimPrefix(c.CommandPath(), "signalbox ")
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", name, strings.ReplaceAll(name, " ", "-"), lower(c.Short))
	}
	for _, c := range own {
		machineCommand(&b, c)
	}
	return b.String()
}

// sandboxDocument lists the verbs that there are in a sandbox only.
func sandboxDocument() string {
	var b strings.Builder
	b.WriteString("\n# In a sandbox\n\nThese verbs are there over SSH and on the screen `gz` of `signalbox sandbox`, and nowhere in production. Each that steers is in the audit log of the sandbox.\n\n" +
		"| verb | what it does | needs |\n|---|---|---|\n")
	for _, v := range control.SandboxVerbs() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.TrimPrefix(v.Usage(), "usage: "), v.Short, needs(v.Permission))
		for _, a := range v.Args {
			fmt.Fprintf(&b, "| | `%s`: %s | |\n", a.Name, meaning(a.Help, a.Values, false))
		}
		for _, f := range v.Flags {
			fmt.Fprintf(&b, "| | `--%s`: %s | |\n", f.Name, meaning(f.Help, f.Values, f.Required))
		}
	}
	return b.String()
}

// machineCommand describes one command, and cobra's completion with the shells as its word.
func machineCommand(b *strings.Builder, c *cobra.Command) {
	use, long := c.UseLine(), c.Long
	if c.Name() == "completion" {
		use, long = c.CommandPath()+" SHELL", "`--help` after the shell says how to load it."
	}
	fmt.Fprintf(b, "\n## %s\n\n%s.\n\n```\n%s\n```\n", strings.TrimPrefix(c.CommandPath(), "signalbox "), upper(c.Short), use)
	if long != "" {
		fmt.Fprintf(b, "\n%s\n", long)
	}
	var rows []string
	for _, sub := range c.Commands() {
		rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", sub.Name(), lower(sub.Short)))
	}
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			rows = append(rows, fmt.Sprintf("| `--%s` | %s |\n", f.Name, described(f)))
		}
	})
	if len(rows) > 0 {
		b.WriteString("\n| word | meaning |\n|---|---|\n" + strings.Join(rows, ""))
	}
	if c.Example != "" {
		fmt.Fprintf(b, "\nExample: `%s`\n", c.Example)
	}
}

// ofCatalogue reports whether a word begins a verb.
func ofCatalogue(word string) bool {
	return slices.ContainsFunc(control.Catalogue(), func(v verb.Verb) bool {
		first, _, _ := strings.Cut(v.Name, " ")
		return first == word
	})
}

// leaves are the commands that do something, at or below one; completion stands for its shells.
func leaves(c *cobra.Command) (out []*cobra.Command) {
	if !c.HasSubCommands() || c.Name() == "completion" {
		return []*cobra.Command{c}
	}
	if c.Runnable() && !ofCatalogue(c.Name()) {
		out = append(out, c)
	}
	for _, sub := range c.Commands() {
		out = append(out, leaves(sub)...)
	}
	return out
}

func described(f *pflag.Flag) string {
	if f.DefValue == "" || f.DefValue == "false" {
		return f.Usage
	}
	return fmt.Sprintf("%s; %s if left out", f.Usage, f.DefValue)
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
		fmt.Fprintf(&b, "| `%s` | %s: %s | %s | %s | %s |\n", v.Key, v.Hint, v.Short, strings.Join(v.Views, ", "), confirm(v), needs(v.Permission))
	}
	return b.String()
}

func confirm(v verb.Verb) string {
	if v.Danger == verb.Full && !slices.ContainsFunc(v.Flags, func(f verb.Flag) bool { return f.Name == "message" }) {
		return "a sheet that says what happens, `⏎`"
	}
	return map[verb.Danger]string{
		verb.Look: "none", verb.Free: "none", verb.Light: "a sheet with a ready reason, `⏎`",
		verb.Full: "a sheet and a reason in your own words", verb.Armed: "type the id",
	}[v.Danger]
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

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
