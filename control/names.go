package control

import (
	"context"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/names"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// namesTopics are what the names rest on.
var namesTopics = []port.Topic{port.Catalog, port.People, port.Freezes, port.Feeds, port.Conflicts}

// namedLetters is how many dead letters have a name: those that came last.
const namedLetters = 50

// Names returns the shared snapshot of what can be called by its name.
func (c *Control) Names(ctx context.Context) (*names.Names, error) {
	return c.named.get(ctx, c, namesTopics, c.buildNames)
}

func (c *Control) buildNames(ctx context.Context) (*names.Names, error) {
	at := c.now()
	var n *names.Names
	err := c.Store.Read(ctx, func(r port.Reader) error {
		cat, err := r.Catalog(ctx)
		if err != nil {
			return err
		}
		people, err := r.People(ctx)
		if err != nil {
			return err
		}
		freezes, err := r.Freezes(ctx, at)
		if err != nil {
			return err
		}
		letters, err := r.Letters(ctx, "", namedLetters)
		if err != nil {
			return err
		}
		cases, err := r.ConflictCases(ctx, at)
		if err != nil {
			return err
		}
		n = names.New(cat, people, freezes, letters, at).Contest(cases)
		return nil
	})
	return n, err
}

// Names is what can be called by its name. Permission: read.
func (s *Session) Names(ctx context.Context) (*names.Names, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Names(ctx)
}

// found is what find answers with.
type found struct {
	Changes []string      `json:"changes"`
	Things  []names.Thing `json:"things"`
}

// find lists what fits some words, as the palette does.
func (c *Control) find(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	typed := strings.Join(call.Args, " ")
	n, err := c.Names(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	q, err := c.Queue(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	out := found{Changes: []string{}, Things: n.Find(typed)}
	rows := [][]string{}
	for k := range q.Items {
		i := &q.Items[k]
		if _, ok := names.Rank(typed, i.Change.ID, i.Change.Name()+" "+i.Change.Title); ok {
			out.Changes = append(out.Changes, i.Change.ID)
			rows = append(rows, []string{"change", i.Change.ID, i.Change.Name(), i.Standing()})
		}
	}
	for _, t := range out.Things {
		rows = append(rows, []string{string(t.Kind), t.ID, t.Title, t.Note})
	}
	if len(rows) == 0 {
		return verb.Answer{Lines: []string{"nothing is called " + release.Clean(typed, 60)}, Value: out}, nil
	}
	return verb.Answer{Lines: table(rows), Value: out}, nil
}
