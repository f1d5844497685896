package control

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
	profiles "signalbox/release/profile"
	"signalbox/release/verb"
)

// profileSet writes one setting of the person who asks. How somebody likes the screen is nothing that an auditor
// asks about, so no entry is sealed.
func (c *Control) profileSet(ctx context.Context, call verb.Call) (verb.Answer, error) {
	v, _ := c.verbs.Find(call.Verb)
	at := c.now()
	s, known := profiles.Find(call.Arg(0))
	value := call.Arg(1)
	if known && s.Name == "zone" && value != profiles.Usual {
		if _, err := time.LoadLocation(value); err != nil || value == "Local" || value == "" {
			return verb.Answer{}, release.Errorf(release.Usage, "%q is not a time zone", release.Clean(value, 60)).Advise("write its IANA name, such as Europe/London")
		}
	}
	var p profiles.Profile
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		by, err := c.owner(ctx, tx, call, v, at)
		if err != nil {
			return err
		}
		was, err := tx.Profile(ctx, by.ID)
		if err != nil {
			return err
		}
		if p, err = was.With(call.Arg(0), value); err != nil {
			return err
		}
		return tx.PutProfile(ctx, by.ID, s.Name, p.Get(s.Name))
	})
	if err != nil {
		c.recordRefusal(ctx, call, at, err)
		return verb.Answer{}, err
	}
	line := s.Name + " is " + p.Get(s.Name)
	if p.Get(s.Name) == "" {
		line = s.Name + " is as usual: " + s.Usual
	}
	return verb.Answer{Lines: []string{line}, Value: p}, nil
}

// owner is the person who asks: there is no profile of anybody else.
func (c *Control) owner(ctx context.Context, r port.Reader, call verb.Call, v verb.Verb, at time.Time) (*access.Person, error) {
	by, err := who(ctx, r, call.Actor)
	if err != nil {
		return nil, err
	}
	if err := may(by, call.Actor, v.Permission, at); err != nil {
		return nil, err
	}
	if by == nil {
		return nil, release.Errorf(release.Refused, "%s is linked to no person, and a profile is a person's", call.Actor).Advise("link yourself: signalbox person link ID %s", call.Actor.Name)
	}
	return by, nil
}

// profileShow lists the settings of the person who asks.
func (c *Control) profileShow(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var ans verb.Answer
	v, _ := c.verbs.Find(call.Verb)
	err := c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		by, err := c.owner(ctx, r, call, v, at)
		if err != nil {
			return err
		}
		p, err := r.Profile(ctx, by.ID)
		if err != nil {
			return err
		}
		rows := [][]string{{"SETTING", "VALUE", ""}}
		for _, s := range profiles.Settings {
			value := p.Get(s.Name)
			if value == "" {
				value = "usual: " + s.Usual
			}
			rows = append(rows, []string{s.Name, value, s.Help})
		}
		ans = verb.Answer{Lines: table(rows), Value: p}
		return nil
	})
	return ans, err
}

// Profile is how this person wants the screens to be.
func (s *Session) Profile(ctx context.Context) (profiles.Profile, error) {
	var p profiles.Profile
	err := s.c.Store.Read(ctx, func(r port.Reader) (err error) {
		p, err = r.Profile(ctx, s.person.ID)
		return err
	})
	return p, err
}
