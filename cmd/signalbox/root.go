package main

import (
	"context"
	"io"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/verb"
)

// options are the flags that every command shares.
type options struct {
	data     string
	database string
	config   string
	json     bool
}

// newRoot builds the command line: serve, and a command for each verb of the catalogue.
func newRoot(in io.Reader, out, errw io.Writer) (*cobra.Command, *options) {
	o := &options{}
	root := &cobra.Command{
		Use:   "signalbox",
		Short: "Release coordination in a terminal: the queue, the gate, the audit log",
		Long: "signalbox keeps releases apart as a signal box keeps trains apart. `signalbox serve` opens the screens over SSH and " +
			"the hooks and the gate over HTTP; every verb also runs here, on the machine's own store.",
	}
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	p := root.PersistentFlags()
	p.StringVar(&o.data, "data", "", "data directory: the store, the keys and the checkpoints")
	p.StringVar(&o.database, "database", "", "PostgreSQL URL, in place of the SQLite file in the data directory")
	p.StringVar(&o.config, "config", "", "configuration file; DIR/signalbox.yaml if it is there")
	p.BoolVar(&o.json, "json", false, "print JSON")
	root.AddCommand(serveCommand(o), sandboxCommand(o), configCommand(o), doctorCommand(o), backupCommand(o), restoreCommand(o), copyCommand(o), docsCommand())
	for _, v := range control.Catalogue() {
		if v.Name == "help" {
			continue // cobra's own help is built from the same declarations
		}
		attach(root, v, o)
	}
	return root, o
}

// attach adds a verb's command, under a parent for the first of two words.
func attach(root *cobra.Command, v verb.Verb, o *options) {
	parent, name := root, v.Name
	if first, second, two := strings.Cut(v.Name, " "); two {
		name = second
		parent = find(root, first)
		if parent == nil {
			parent = &cobra.Command{Use: first, Short: parentShort(first), RunE: func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return cmd.Help()
				}
				_, _, err := control.Catalogue().Match(append([]string{first}, args...))
				return err
			}}
			root.AddCommand(parent)
		}
	}
	use := name
	for _, a := range v.Args {
		if a.Optional {
			use += " [" + a.Name + "]"
		} else {
			use += " " + a.Name
		}
	}
	cmd := &cobra.Command{Use: use, Short: v.Short, Long: v.Long, Example: "signalbox " + v.Example, Aliases: aliases(v),
		ValidArgsFunction: completeArgs(v),
		RunE: func(cmd *cobra.Command, _ []string) error {
			call, err := v.Call(cmd.Flags())
			if err != nil {
				return err
			}
			if call, err = readFiles(v, call); err != nil {
				return err
			}
			call.In = cmd.InOrStdin()
			return o.runVerb(cmd.Context(), v, call, cmd.OutOrStdout(), cmd.ErrOrStderr())
		}}
	v.AddFlags(cmd.Flags())
	for _, f := range v.Flags {
		if len(f.Values) > 0 {
			// The flag was declared above, so this cannot fail.
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(f.Values, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	parent.AddCommand(cmd)
}

func find(root *cobra.Command, name string) *cobra.Command {
	for _, c := range root.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

func parentShort(word string) string {
	return map[string]string{
		"change": "Draft, submit, withdraw and show changes", "freeze": "Declare, lift and list freezes",
		"audit": "Show, verify and export the audit log", "person": "People, their keys, logins and roles",
		"token": "Tokens for machines", "import": "Read a catalog or a calendar", "export": "Write sheets",
		"connector": "Try a connector", "calendar": "What is on the calendar", "service": "The services of the catalog", "session": "Open sessions",
	}[word]
}

func completeArgs(v verb.Verb) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= len(v.Args) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		a := v.Args[len(args)]
		if a.File || a.Name == "PATH" {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return a.Values, cobra.ShellCompDirectiveNoFileComp
	}
}

// localActor is the operating-system user who runs the command.
func localActor() access.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return access.Actor{Name: "os:" + strings.ToLower(name), Door: access.Local}
}

// readFiles replaces the path of a file by its text, where the verb allows a file.
func readFiles(v verb.Verb, c verb.Call) (verb.Call, error) {
	for i, a := range v.Args {
		if a.File && i < len(c.Args) {
			var err error
			if c.Args[i], err = fileOr(c.Args[i]); err != nil {
				return c, err
			}
		}
	}
	for _, f := range v.Flags {
		for i, s := range c.Flags[f.Name] {
			if !f.File {
				continue
			}
			var err error
			if c.Flags[f.Name][i], err = fileOr(s); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// fileOr returns the text of the file at a path. Words with a blank are the text themselves.
func fileOr(s string) (string, error) {
	if strings.ContainsAny(strings.TrimSpace(s), " \t") {
		return s, nil
	}
	text, err := os.ReadFile(s)
	if err != nil || len(text) > 64<<10 {
		return "", release.Errorf(release.NotFound, "the file %s cannot be read", release.Clean(s, 120)).
			Advise("give the path of a .pub file, or the line in it between quotes").Because(err)
	}
	return strings.TrimSpace(string(text)), nil
}

// runVerb opens the store, runs one verb as the local operator, signs what it wrote, and prints.
func (o *options) runVerb(ctx context.Context, v verb.Verb, call verb.Call, out, errw io.Writer) error {
	call.Actor = localActor()
	if v.Permission == access.Public {
		c := control.New(control.Options{Now: clock, Version: version, Log: logger(errw)})
		ans, err := c.Do(ctx, call)
		if err != nil {
			return err
		}
		return print(out, ans, o.json)
	}
	h, err := o.openReaching(ctx, v.Name == "init", logger(errw), reachOf(v, call), nil)
	if err != nil {
		return err
	}
	defer h.Close()
	ans, err := h.control.Do(ctx, call)
	if cerr := h.control.Checkpoint(context.WithoutCancel(ctx)); cerr != nil && err == nil {
		h.log.Error("the audit log could not be signed", "cause", cerr)
	}
	if err != nil {
		return err
	}
	return print(out, ans, o.json)
}

// reachOf is what a verb asks of the outside. All but two ask for nothing: what they tell the outside, serve
// sends.
func reachOf(v verb.Verb, call verb.Call) reach {
	switch v.Name {
	case "connector test":
		return only(call.Arg(0))
	case "feeds retry": // a dead letter is read again by the connector that received it
		return secretive
	}
	return nothing
}

func print(out io.Writer, a verb.Answer, asJSON bool) error {
	if err := verb.Write(out, a, asJSON); err != nil {
		return err
	}
	if a.Exit != 0 {
		return exit(a.Exit)
	}
	return nil
}

func aliases(v verb.Verb) []string {
	if v.Alias == "" {
		return nil
	}
	return []string{v.Alias}
}
