package control

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/port"
	"signalbox/release/simulation"
	"signalbox/release/verb"
)

// Simulation is what steers a sandbox. It owns the domain clock and lets everything happen that waits for it:
// Control starts no worker that acts by the machine's clock. State never blocks.
type Simulation interface {
	State() *simulation.State
	// Plan says in a line what a command would do, or refuses it. It changes nothing.
	Plan(c simulation.Command) (string, error)
	// Do carries a command out that was planned. It comes back when everything due has happened.
	Do(ctx context.Context, c simulation.Command) error
}

// Simulation is the state of the sandbox, nil in production.
func (s *Session) Simulation() *simulation.State {
	if s.c.Sandbox == nil {
		return nil
	}
	return s.c.Sandbox.State()
}

// id is an id as this house writes it: marked in a sandbox.
func (c *Control) id(id string) string {
	if c.Sandbox != nil && !strings.HasPrefix(id, simulation.Mark) {
		return simulation.Mark + id
	}
	return id
}

// changeID reads the id of a change as people type it.
func (c *Control) changeID(s string) (string, error) {
	id, err := change.ParseID(s)
	if err != nil {
		return "", err
	}
	return c.id(id), nil
}

// Renewed forgets what was learnt of the store, after another was put in its place.
func (c *Control) Renewed() {
	c.sealed.mu.Lock()
	c.sealed.read = false
	c.sealed.mu.Unlock()
	c.pulls.forget()
	c.vitals.forget()
	c.last.Store(nil)
	c.Hub.Publish(port.Topics...)
}

// SandboxVerbs are the verbs of a sandbox, without a Control behind them, for documents. They must not be run.
func SandboxVerbs() verb.Table { return (&Control{}).sandboxTable() }

// sandboxTable declares the verbs that there are in a sandbox only.
func (c *Control) sandboxTable() verb.Table {
	on := []string{"sandbox"}
	anew := func(name, key, hint, short, example string, args []verb.Arg, what simulation.Act) verb.Verb {
		v := verb.Verb{Name: name, Key: key, Hint: hint, Short: short, Example: example, Args: args, Views: on, Permission: access.Sandbox, Danger: verb.Full, Run: c.steer(what)}
		v.Long = "Everybody's screens begin anew with it: decisions, notes and injects of this run are forgotten. On the screen a sheet asks first."
		return v
	}
	steer := func(name, key, hint, short, example string, args []verb.Arg, run func(context.Context, verb.Call) (verb.Answer, error)) verb.Verb {
		return verb.Verb{Name: name, Key: key, Hint: hint, Short: short, Example: example, Args: args, Views: on,
			Permission: access.Sandbox, Danger: verb.Free, Run: run}
	}
	return verb.Table{
		{Name: "sandbox", Short: "show the simulation: its clock, timeline, injects and scenarios", Example: "sandbox", Permission: access.Read, Danger: verb.Look, Run: c.sandboxVerb},
		steer("sandbox pause", "f", "pause", "stop the simulated clock", "sandbox pause", nil, c.steer(simulation.Pause)),
		steer("sandbox resume", "c", "go on", "let the simulated clock go on", "sandbox resume", nil, c.steer(simulation.Resume)),
		steer("sandbox speed", "+", "faster", "set how fast the simulated clock goes", "sandbox speed 10",
			[]verb.Arg{{Name: "FACTOR", Help: "simulated seconds a second, 0.1 to 120 (sandbox pause stops the clock); next goes through 1, 2, 4, 10, 30, 60", Optional: true}}, c.steer(simulation.Speed)),
		steer("sandbox jump", ">", "jump", "go to a later instant; everything due until then happens", "sandbox jump +15m",
			[]verb.Arg{{Name: "TO", Help: "+15m, 14:30 (UTC; tomorrow where that is past today and within 12h), RFC 3339, or next: the next step of the scenario", Optional: true}}, c.steer(simulation.Jump)),
		steer("sandbox inject", "J", "inject", "let something happen now", "sandbox inject errors checkout-web",
			[]verb.Arg{{Name: "WHAT", Help: "one of those that sandbox lists"}, {Name: "TARGET", Help: "the service or feed that it strikes", Optional: true}}, c.steer(simulation.Let)),
		{Name: "sandbox note", Short: "write a line on the timeline, for the talk afterwards", Example: `sandbox note -m "nobody looked at the feeds here"`,
			Flags: []verb.Flag{{Name: "message", Short: "m", Kind: verb.String, Help: "what to remember", Required: true}}, Permission: access.Sandbox, Danger: verb.Light, Run: c.steer(simulation.Note)},
		anew("sandbox reset", "X", "reset", "begin this scenario anew, with the same seed", "sandbox reset", nil, simulation.Reset),
		anew("sandbox scenario", "S", "start", "begin another scenario, with the same seed", "sandbox scenario canary-at-peak",
			[]verb.Arg{{Name: "NAME", Help: "one of those that sandbox lists"}}, simulation.Play),
	}
}

// steer is the verb of one act. What it does is written down first; only where that could not be because the
// store itself begins anew is it written into the new one.
func (c *Control) steer(what simulation.Act) func(context.Context, verb.Call) (verb.Answer, error) {
	return func(ctx context.Context, call verb.Call) (verb.Answer, error) {
		cmd := simulation.Command{Act: what}
		anew := what == simulation.Reset || what == simulation.Play
		deed := func(ctx context.Context, _ port.Tx, p *access.Person, at time.Time) (done, error) {
			if err := org(p, access.Sandbox, at); err != nil {
				return done{}, err
			}
			summary, err := c.planned(&cmd, call, p, at)
			return done{subject: "sandbox", summary: summary, detail: map[string]string{"seed": strconv.FormatUint(c.Sandbox.State().Seed, 10)}}, err
		}
		if anew {
			if err := c.look(ctx, call, func(_ port.Reader, p *access.Person, at time.Time) error {
				if err := org(p, access.Sandbox, at); err != nil {
					return err
				}
				_, err := c.planned(&cmd, call, p, at)
				return err
			}); err != nil {
				return verb.Answer{}, err
			}
			if err := c.Sandbox.Do(ctx, cmd); err != nil {
				return verb.Answer{}, err
			}
			return c.act(ctx, call, deed)
		}
		ans, err := c.act(ctx, call, deed)
		if err != nil {
			return ans, err
		}
		return ans, c.Sandbox.Do(ctx, cmd)
	}
}

// planned reads the words of a call into a command, and says what it would do.
func (c *Control) planned(cmd *simulation.Command, call verb.Call, p *access.Person, at time.Time) (string, error) {
	by := call.Actor.String()
	if p != nil {
		by = string(p.ID)
	}
	word, past := strings.TrimSpace(call.Arg(0)), ""
	*cmd = simulation.Command{Act: cmd.Act, By: by}
	switch cmd.Act {
	case simulation.Speed:
		if word == "" || word == "next" {
			break
		}
		f, err := strconv.ParseFloat(strings.TrimLeft(word, "x×"), 64)
		if err != nil || !(f >= simulation.Slowest && f <= simulation.Fastest) {
			return "", release.Errorf(release.Usage, "%q is no speed", release.Clean(word, 20)).Advise("write a factor from 0.1 to 120, such as 10; sandbox pause stops the clock")
		}
		cmd.Speed = f
	case simulation.Jump:
		var err error
		if cmd.To, past, err = jumpTo(word, at); err != nil {
			return "", err
		}
	case simulation.Note:
		cmd.Name = release.Clean(call.Flag("message"), 160)
	case simulation.Let, simulation.Play:
		cmd.Name, cmd.Target = release.Clean(word, 60), release.Clean(call.Arg(1), 60)
	}
	what, err := c.Sandbox.Plan(*cmd)
	if err != nil {
		return "", err
	}
	return by + " " + what + past, nil
}

// jumpTo reads an instant: +15m, a time of day in UTC, RFC 3339. The zero time is the next step. A time of day that
// is past today is tomorrow's, which past says; where one jump does not reach it, it is refused.
func jumpTo(word string, now time.Time) (to time.Time, past string, err error) {
	if word == "" || word == "next" {
		return time.Time{}, "", nil
	}
	if rest, ok := strings.CutPrefix(word, "+"); ok {
		if d, err := verb.ParseDuration(rest); err == nil && d > 0 {
			return now.Add(d), "", nil
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, strings.TrimSuffix(word, "Z")); err == nil {
			to := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
			if to.After(now) {
				return to, "", nil
			}
			to, word = to.AddDate(0, 0, 1), strings.TrimSuffix(word, "Z")
			if on := to.Sub(now); on > simulation.Farthest {
				return to, "", release.Errorf(release.Refused, "%s is past today, and %s tomorrow is %s on: one jump goes %s at most",
					word, word, release.Span(on.Round(time.Second)), release.Length(simulation.Farthest)).Advise("jump by a time, such as +2h, or to tomorrow in two jumps")
			}
			return to, "; " + word + " is past today", nil
		}
	}
	if t, err := time.Parse(time.RFC3339, word); err == nil {
		return t.UTC(), "", nil
	}
	return time.Time{}, "", release.Errorf(release.Usage, "%q is no instant", release.Clean(word, 40)).Advise("write +15m, 14:30, 2026-11-24T14:30:00Z, or next")
}

// sandboxVerb shows the simulation.
func (c *Control) sandboxVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	s := c.Sandbox.State()
	return verb.Answer{Lines: sandboxLines(s), Value: s}, nil
}

func sandboxLines(s *simulation.State) []string {
	standing := "runs " + simulation.Factor(s.Speed)
	if s.Paused {
		standing = "stands still"
	}
	out := []string{
		fmt.Sprintf("SANDBOX %s: %s", s.Scenario, s.Title),
		fmt.Sprintf("nothing here reaches production; the clock %s at %s; seed %d, run %d", standing, s.Now.Format("Mon 02 Jan 15:04:05Z"), s.Seed, s.Run),
		s.Brief, "",
	}
	rows := [][]string{{"", "AT", "BY", "WHAT"}}
	for _, x := range s.Steps {
		mark := "◇"
		if x.Done {
			mark = "●"
		}
		text := x.Text
		if x.Failed != "" {
			mark, text = "■", text+": "+x.Failed
		}
		rows = append(rows, []string{mark, x.At.Format("15:04:05Z"), orDash(x.By), text})
	}
	out = append(out, table(rows)...)
	rows = [][]string{{"INJECT", "STRIKES", "WHAT"}}
	for _, x := range s.Injects {
		rows = append(rows, []string{x.Name, orDash(x.Target), x.Short})
	}
	out = append(append(out, ""), table(rows)...)
	rows = [][]string{{"", "SCENARIO", "LEVEL", "LENGTH", "WHAT"}}
	for _, x := range s.Scenarios {
		mark := "◇"
		if x.Running {
			mark = "▸"
		}
		rows = append(rows, []string{mark, x.Name, strconv.Itoa(x.Level), release.Length(x.Length), x.Title})
	}
	return append(append(out, ""), table(rows)...)
}
