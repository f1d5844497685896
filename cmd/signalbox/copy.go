package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"signalbox/release"
	"signalbox/release/verb"
	"signalbox/store"
)

func copyCommand(o *options) *cobra.Command {
	var to string
	var even bool
	cmd := &cobra.Command{
		Use:   "copy --to URL",
		Short: "Copy the whole store into an empty PostgreSQL database, and verify it",
		Long: "For an installation that has outgrown one machine. Stop signalbox first: what is decided after the copy began is not in it. The data directory keeps its " +
			"keys and checkpoints; serve it with --database from then on, and keep signalbox.db until you are sure. A store whose audit log does not verify is not copied, " +
			"unless --" + evenIfDamaged + " says so.",
		Example: "signalbox copy --data DIR --to postgres://signalbox@db/signalbox",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lines, value, err := o.copy(cmd.Context(), to, even)
			if err != nil {
				return err
			}
			return print(cmd.OutOrStdout(), verb.Answer{Lines: lines, Value: value}, o.json)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "PostgreSQL URL of the empty database")
	cmd.Flags().BoolVar(&even, evenIfDamaged, false, "copy although the audit log does not verify")
	return cmd
}

// copy verifies the store, copies it and verifies what came of it.
func (o *options) copy(ctx context.Context, url string, even bool) ([]string, any, error) {
	dir, err := o.existing()
	if err != nil {
		return nil, nil, err
	}
	from, err := o.storeOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	target := *o
	target.database = url
	if url == "" {
		return nil, nil, release.Errorf(release.Usage, "copy: the target is missing").Advise("add --to postgres://USER@HOST/NAME")
	}
	to, err := target.storeOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	if have, newest, err := store.Schema(ctx, from); err != nil {
		return nil, nil, err
	} else if have < newest { // to verify it would raise it
		return nil, nil, release.Errorf(release.Refused, "the schema of the store is %d and this signalbox's is %d", have, newest).
			Advise("start signalbox on it once, which brings it up to date; nothing was copied")
	}
	found, err := verified(ctx, dir, o.database)
	if err != nil {
		return nil, nil, err
	}
	if found.damaged && !even {
		return nil, nil, found.refusal("the audit log does not verify, and nothing was copied",
			"see all of it: signalbox audit verify --data %s; copy it all the same with --%s", dir, evenIfDamaged)
	}
	from.Now, to.Now = clock, clock
	got, err := store.Copy(ctx, from, to, nil)
	if err != nil {
		return nil, nil, filled(err)
	}
	if found, err = verified(ctx, dir, url); err == nil && found.damaged && !even {
		err = found.refusal("the audit log of the copy does not verify", "look at the database's disk")
	}
	if err != nil {
		return nil, nil, afterCopy(err)
	}
	return append([]string{fmt.Sprintf("%d rows were copied and compared", got.Rows())}, found.said()...), got, nil
}
