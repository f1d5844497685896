package sandbox

import (
	"context"
	"fmt"
	"time"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/release/simulation"
)

// injects are the menu with the targets that they have in this scenario.
func (s *Sandbox) injects() []simulation.Inject {
	out := make([]simulation.Inject, len(menu))
	for i, m := range menu {
		out[i] = simulation.Inject{Name: m.name, Short: m.short, Target: m.target}
		if m.target == "" {
			out[i].Target = s.focus()
		}
	}
	return out
}

func (s *Sandbox) focus() string {
	if s.scenario.Focus != "" {
		return s.scenario.Focus
	}
	return "checkout-web"
}

// Plan says what a command would do. It looks at the newest state only, so that it may be asked at any time.
func (s *Sandbox) Plan(c simulation.Command) (string, error) {
	st := s.State()
	switch c.Act {
	case simulation.Pause:
		if st.Paused {
			return "", release.Errorf(release.Refused, "the clock stands still already").Advise("sandbox resume lets it go on")
		}
		return "stopped the clock at " + st.Now.Format("15:04:05Z"), nil
	case simulation.Resume:
		if !st.Paused {
			return "", release.Errorf(release.Refused, "the clock goes already").Advise("sandbox pause stops it")
		}
		return "let the clock go on", nil
	case simulation.Speed:
		return "set the clock to " + simulation.Factor(speedOf(c, st)), nil
	case simulation.Jump:
		to, err := target(c, st)
		if err != nil {
			return "", err
		}
		day := to.Format("Mon 15:04:05Z")
		if to.YearDay() != st.Now.YearDay() {
			day = to.Format("Mon 02 Jan 15:04:05Z")
		}
		if st.Now.AddDate(0, 0, 1).YearDay() == to.YearDay() {
			day = "tomorrow, " + day
		}
		return fmt.Sprintf("jumped to %s, %s on", day, release.Span(to.Sub(st.Now).Round(time.Second))), nil
	case simulation.Let:
		step, err := s.chosen(c, st)
		if err != nil {
			return "", err
		}
		return "injected: " + step.Text, nil
	case simulation.Note:
		if clean(c.Name) == "" {
			return "", release.Errorf(release.Usage, "the note is empty").Advise("write it: sandbox note -m \"…\"")
		}
		return "noted: " + c.Name, nil
	case simulation.Reset:
		return fmt.Sprintf("began %s anew", st.Scenario), nil
	case simulation.Play:
		sc, err := find(c.Name)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("began %s: %s", sc.Name, sc.Title), nil
	}
	return "", release.Errorf(release.Usage, "a simulation cannot %s", release.Clean(string(c.Act), 20))
}

func speedOf(c simulation.Command, st *simulation.State) float64 {
	if c.Speed != 0 {
		return c.Speed
	}
	return simulation.Faster(st.Speed)
}

// target is where a jump goes: an instant that is later, and not too far.
func target(c simulation.Command, st *simulation.State) (time.Time, error) {
	to := c.To
	if to.IsZero() {
		n := st.Next()
		if n == nil {
			return to, release.Errorf(release.Refused, "nothing more comes by itself").Advise("jump by a time, such as +15m, or inject something")
		}
		to = n.At
	}
	switch {
	case to.Before(st.Now):
		return to, release.Errorf(release.Refused, "the clock does not go back").Advise("sandbox reset begins anew")
	case to.Sub(st.Now) > simulation.Farthest:
		return to, release.Errorf(release.Refused, "one jump goes %s at most", release.Length(simulation.Farthest)).Advise("jump more than once")
	}
	return to.UTC(), nil
}

// Do carries a command out.
func (s *Sandbox) Do(ctx context.Context, c simulation.Command) error {
	ctx = withTurn(context.WithoutCancel(ctx)) // who hangs up must not leave a jump half done
	s.turn.Lock()
	defer s.turn.Unlock()
	switch st := s.State(); c.Act {
	case simulation.Pause:
		s.clock.stand(true)
	case simulation.Resume:
		s.clock.stand(false)
	case simulation.Speed:
		s.clock.pace(speedOf(c, st))
	case simulation.Jump:
		to, err := target(c, st)
		if err != nil {
			return err
		}
		s.until(ctx, to)
		return nil
	case simulation.Let:
		step, err := s.chosen(c, st)
		if err != nil {
			return err
		}
		line := &simulation.Step{At: s.Now(), Text: step.Text, By: c.By}
		s.steps = append(s.steps, line)
		s.put(line.At, line, func(ctx context.Context) error { return s.carry(ctx, &step) })
		s.until(ctx, line.At)
		if line.Failed != "" {
			return release.Errorf(release.Refused, "it could not happen: %s", line.Failed)
		}
		return nil
	case simulation.Note:
		s.steps = append(s.steps, &simulation.Step{At: st.Now, Text: "note: " + c.Name, Done: true, By: c.By})
	case simulation.Play, simulation.Reset:
		if c.Act == simulation.Play {
			sc, err := find(c.Name)
			if err != nil {
				return err
			}
			s.scenario = sc
		}
		return s.renew(ctx)
	}
	s.show()
	return nil
}

// renew puts an empty store in the place of the one there is and founds the company again.
func (s *Sandbox) renew(ctx context.Context) error {
	s.anew.Store(true)
	defer s.anew.Store(false) // where it fails too: what stands in the way then is told by the store
	s.house.Control.Hub.Publish(port.Changes)
	s.random.rewind()
	if err := s.house.Renew(ctx); err != nil {
		return err
	}
	s.house.Control.Renewed()
	if err := s.build(ctx); err != nil {
		return err
	}
	s.anew.Store(false)
	s.house.Control.Hub.Publish(port.Topics...) // screens show the beginning, although the clock stands still
	return nil
}
