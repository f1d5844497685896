package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"signalbox/cmd/signalbox/settings"
	"signalbox/release/verb"
)

// settings reads the configuration: the file that was named, or DIR/signalbox.yaml where that is there, or
// all defaults.
func (o *options) settings(dir string) (settings.Config, error) {
	path := o.config
	if path == "" {
		if dir == "" {
			return settings.Default(), nil
		}
		path = filepath.Join(dir, "signalbox.yaml")
		if there, err := exists(path); err != nil || !there {
			return settings.Default(), err
		}
	}
	return settings.Load(path)
}

func configName(c settings.Config) string {
	if c.Path == "" {
		return "no file, all defaults"
	}
	return c.Path
}

func configCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "config", Short: "Check the configuration, and print its schema"}
	parent.AddCommand(&cobra.Command{
		Use: "check [FILE]", Short: "Check a configuration file: every fault with its line and column, and what deserves a second look",
		Long:    "Checks the file, or the one that serve would read, and the secrets that it names. Nothing is started and nothing is dialled; `connector test` does that.",
		Example: "signalbox config check signalbox.yaml", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.config = args[0]
			}
			c, err := o.settings(o.data)
			if err == nil {
				_, err = wiring(c, o.data)
			}
			if err == nil {
				_, err = authorities(c.SSH)
			}
			if err != nil {
				return err
			}
			warnings := c.Warnings(os.Getenv)
			lines := []string{fmt.Sprintf("%s is good: %s, %s", configName(c), counted(len(c.Environments), "environment"), counted(len(c.Connectors), "connector"))}
			for _, w := range warnings {
				lines = append(lines, "warning: "+w.String())
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: map[string]any{"file": c.Path, "connectors": len(c.Connectors), "warnings": warnings}}, o.json)
		},
	}, &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of the configuration file, for editors", Args: cobra.NoArgs,
		Long: "Save it and put `# yaml-language-server: $schema=FILE` in the first line of signalbox.yaml: editors then complete and check it.", Example: "signalbox config schema > signalbox.schema.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(settings.Schema())
			return err
		},
	})
	return parent
}

// counted writes a number of things: "1 connector", "4 environments".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
