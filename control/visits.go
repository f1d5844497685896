package control

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// A session is told of every visitEvery, and counts as gone when it was not for visitGone.
const (
	visitEvery = 5 * time.Second
	visitGone  = 30 * time.Second
)

// visits are the sessions of this process. The zero value is empty.
type visits struct {
	mu   sync.Mutex
	open map[*Session]*access.Visit
	poke chan struct{}
}

func (v *visits) enter(s *Session, from, host string, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open, v.poke = map[*Session]*access.Visit{}, make(chan struct{}, 1)
	}
	v.open[s] = &access.Visit{Person: s.person.ID, From: from, Host: host, Since: at}
	v.wake()
}

func (v *visits) leave(s *Session) (id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if x := v.open[s]; x != nil {
		id = x.ID
	}
	delete(v.open, s)
	return id
}

// wake has the list told at once. The caller holds mu.
func (v *visits) wake() {
	select {
	case v.poke <- struct{}{}:
	default:
	}
}

func (v *visits) woken() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open, v.poke = map[*Session]*access.Visit{}, make(chan struct{}, 1)
	}
	return v.poke
}

func (v *visits) list() map[*Session]access.Visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make(map[*Session]access.Visit, len(v.open))
	for s, x := range v.open {
		out[s] = *x
	}
	return out
}

func (v *visits) named(s *Session, id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if x := v.open[s]; x != nil {
		x.ID = id
	}
}

// tellVisits keeps the store's list of this process's sessions, and ends those whose end was asked for, until
// ctx is done.
func (c *Control) tellVisits(ctx context.Context) {
	poke := c.visits.woken()
	tick := time.NewTicker(visitEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-poke:
		}
		if err := c.TellVisitsOnce(ctx); err != nil && ctx.Err() == nil {
			c.Log.Debug("the list of sessions could not be told", "cause", err)
		}
	}
}

// TellVisitsOnce writes this process's sessions and ends those that somebody has ended.
func (c *Control) TellVisitsOnce(ctx context.Context) error {
	mine := c.visits.list()
	if len(mine) == 0 {
		return nil
	}
	ids := map[*Session]string{}
	ended := map[string]access.PersonID{}
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		clear(ids)
		clear(ended)
		at := c.now()
		known, err := tx.Visits(ctx, time.Time{})
		if err != nil {
			return err
		}
		for _, k := range known {
			if k.EndedBy != "" {
				ended[k.ID] = k.EndedBy
			}
		}
		for s, x := range mine {
			if x.ID == "" {
				n, err := tx.NextID(ctx, "session")
				if err != nil {
					return err
				}
				x.ID = fmt.Sprintf("S-%d", n)
			}
			ids[s] = x.ID
			x.SeenAt, x.EndedBy = at, ended[x.ID]
			if err := tx.PutVisit(ctx, x); err != nil {
				return err
			}
		}
		return tx.RemoveVisit(ctx, "", at.Add(-visitGone))
	})
	if err != nil {
		return err
	}
	for s, id := range ids {
		c.visits.named(s, id)
		if _, over := ended[id]; over {
			s.end()
		}
	}
	return nil
}

// left forgets a session that has closed. It is forgotten after visitGone anyhow.
func (c *Control) left(id string) {
	ctx, cancel := context.WithTimeout(context.Background(), refusalTimeout)
	go func() {
		defer cancel()
		if err := c.Store.Write(ctx, func(tx port.Tx) error { return tx.RemoveVisit(ctx, id, time.Time{}) }); err != nil {
			c.Log.Debug("the end of a session could not be told", "session", id, "cause", err)
		}
	}()
}

// who lists the open sessions of all processes.
func (c *Control) who(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, p *access.Person, at time.Time) error {
		if err := org(p, access.People, at); err != nil {
			return err
		}
		list, err := r.Visits(ctx, at.Add(-visitGone))
		if err != nil {
			return err
		}
		rows := [][]string{{"SESSION", "PERSON", "SINCE", "FROM", "SERVED BY", ""}}
		for _, v := range list {
			state := ""
			if v.EndedBy != "" {
				state = "ended by " + string(v.EndedBy)
			}
			rows = append(rows, []string{v.ID, string(v.Person), v.Since.Format(time.RFC3339), v.From, v.Host, state})
		}
		ans = verb.Answer{Lines: table(rows), Value: verb.NewList(list, "", at, nil)}
		if len(list) == 0 {
			ans.Lines = []string{"nobody is in"}
		}
		return nil
	})
	return ans, err
}

// sessionEnd ends a session, in whichever process it is.
func (c *Control) sessionEnd(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id := strings.ToUpper(call.Arg(0))
	ans, err := c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.People, at); err != nil {
			return done{}, err
		}
		list, err := tx.Visits(ctx, at.Add(-visitGone))
		if err != nil {
			return done{}, err
		}
		n := slices.IndexFunc(list, func(v access.Visit) bool { return v.ID == id })
		if n < 0 {
			return done{}, release.Errorf(release.NotFound, "there is no session %q", release.Clean(id, 40)).Advise("who lists them")
		}
		v := list[n]
		v.EndedBy = access.PersonID(call.Actor.String())
		if p != nil {
			v.EndedBy = p.ID
		}
		if err := tx.PutVisit(ctx, v); err != nil {
			return done{}, err
		}
		return done{subject: "session:" + v.ID, summary: fmt.Sprintf("the session %s of %s is ended", v.ID, v.Person), value: v,
			detail: map[string]string{"person": string(v.Person), "from": v.From},
			lines:  []string{"it closes within a few seconds; to keep the person out: person disable " + string(v.Person)}}, nil
	})
	if err == nil {
		for s, v := range maps.All(c.visits.list()) {
			if v.ID == id {
				s.end()
			}
		}
	}
	return ans, err
}
