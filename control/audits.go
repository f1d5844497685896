package control

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/port"
	"signalbox/release/simulation"
	"signalbox/release/verb"
)

func (c *Control) auditVerify(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	rep, err := c.verifyAudit(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	ans := verb.Answer{Value: rep}
	for _, f := range rep.Findings {
		ans.Lines = append(ans.Lines, "■ "+f.Sentence)
	}
	if rep.Good() {
		ans.Lines = []string{fmt.Sprintf("● the log verifies: %d entries, %d checkpoints, signed up to entry %d", rep.Entries, rep.Checkpoints, rep.Signed),
			"root " + rep.Root}
		return ans, nil
	}
	ans.Exit = 4
	return ans, nil
}

// exportPage is how many entries are read in one snapshot while exporting.
const exportPage = 1000

// auditExport streams the sealed bodies, one canonical JSON a line: what verify hashes.
func (c *Control) auditExport(ctx context.Context, call verb.Call) (verb.Answer, error) {
	after := int64(0)
	if s := call.Flag("after"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return verb.Answer{}, release.Errorf(release.Usage, "--after takes the number of an entry")
		}
		after = n
	}
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	return verb.Answer{Stream: func(w io.Writer) error {
		for {
			var rows []audit.Row
			err := c.Store.Read(ctx, func(r port.Reader) error {
				var err error
				rows, err = r.AuditEntries(ctx, after, exportPage)
				return err
			})
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, row := range rows {
				if _, err := w.Write(append(row.Body, '\n')); err != nil {
					return err
				}
				after = row.Seq
			}
		}
	}}, nil
}

// limitOf reads --limit, 50 where it is not given.
func limitOf(call verb.Call) (int, error) {
	s := call.Flag("limit")
	if s == "" {
		return 50, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1000 {
		return 0, release.Errorf(release.Usage, "--limit is a number from 1 to 1000")
	}
	return n, nil
}

func (c *Control) auditShow(ctx context.Context, call verb.Call) (verb.Answer, error) {
	limit, err := limitOf(call)
	if err != nil {
		return verb.Answer{}, err
	}
	subject := release.Clean(call.Arg(0), 120)
	if up := strings.TrimPrefix(strings.ToUpper(subject), strings.ToUpper(simulation.Mark)); strings.HasPrefix(up, "CHG-") || strings.HasPrefix(up, "FRZ-") || strings.HasPrefix(up, "RO-") {
		subject = c.id(up)
	}
	var ans verb.Answer
	err = c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		list, err := history(ctx, r, subject, "", limit)
		if err != nil {
			return err
		}
		rows := [][]string{{"SEQ", "AT", "ACTOR", "VERB", "SUBJECT", "", "WHAT"}}
		for _, e := range list {
			mark := "●"
			if e.Outcome == audit.Refused {
				mark = "■"
			}
			rows = append(rows, []string{fmt.Sprint(e.Seq), e.At.Format("2006-01-02T15:04:05Z"), e.Actor, e.Verb, e.Subject, mark, e.Summary})
		}
		ans = verb.Answer{Lines: table(rows), Value: verb.NewList(list, "", at, nil)}
		if len(list) == 0 {
			ans.Lines = []string{"no entry"}
		}
		return nil
	})
	return ans, err
}
