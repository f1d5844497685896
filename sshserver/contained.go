package sshserver

import (
	"runtime/debug"

	tea "charm.land/bubbletea/v2"
)

// contained is a model whose panics end its own session, with the terminal put back and a sentence. Bubble
// Tea catches them too, but prints to the server's standard error and stops without draining its input.
type contained struct {
	inner tea.Model
	broke func(what any, stack []byte)
}

func (c contained) Init() (cmd tea.Cmd) {
	defer c.catch()
	return c.wrap(c.inner.Init())
}

func (c contained) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	next = c
	defer c.catch()
	inner, cmd := c.inner.Update(msg)
	return contained{inner, c.broke}, c.wrap(cmd)
}

func (c contained) View() (view tea.View) {
	defer c.catch()
	return c.inner.View()
}

// wrap does the same for a command, and for the commands of a batch.
func (c contained) wrap(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer c.catch()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			kept := make(tea.BatchMsg, len(batch))
			for i, each := range batch {
				kept[i] = c.wrap(each)
			}
			return kept
		}
		return msg
	}
}

func (c contained) catch() {
	if r := recover(); r != nil {
		c.broke(r, debug.Stack())
	}
}
