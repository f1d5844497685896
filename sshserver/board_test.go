package sshserver

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// board is the screen of the tests. Letters do things: q quits, z suspends, p, v and c panic in Update, View
// and a command, f floods.
type board struct {
	f       *fixture
	session Session
	size    tea.WindowSizeMsg
	broken  bool
}

func (f *fixture) openScreen(s Session) (tea.Model, []tea.ProgramOption) {
	if len(s.Words) > 0 && s.Words[0] != "go" && s.Words[0] != "q" && s.Words[0] != "calendar" {
		return nil, nil
	}
	f.screen.Lock()
	defer f.screen.Unlock()
	f.opened = append(f.opened, s)
	return board{f: f, session: s, size: tea.WindowSizeMsg{Width: s.Width, Height: s.Height}}, nil // as the shell, it knows its size from the start
}

type endMsg struct{}
type floodMsg struct{}

func (b board) Init() tea.Cmd {
	return func() tea.Msg { <-b.session.Done; return endMsg{} }
}

func (b board) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	b.f.screen.Lock()
	defer b.f.screen.Unlock()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		b.size = msg
		b.f.sizes = append(b.f.sizes, msg)
	case tea.ColorProfileMsg:
		b.f.colour = msg.Profile.String()
	case tea.KeyPressMsg:
		b.f.typed += msg.String()
		switch msg.String() {
		case "q":
			return b, tea.Quit
		case "p":
			panic("update")
		case "v":
			b.broken = true
		case "c":
			return b, tea.Batch(func() tea.Msg { panic("command") }, nil)
		case "f":
			return b, flood
		case "z":
			return b, tea.Suspend
		}
	case floodMsg:
		return b, tea.Sequence(tea.Raw(strings.Repeat("flood ", 40_000)), flood)
	}
	return b, nil
}

func flood() tea.Msg { return floodMsg{} }

func (b board) View() tea.View {
	if b.broken {
		panic("view")
	}
	text := "BOARD " + string(b.session.Actor.Person) + " <" + strings.Join(b.session.Words, "|") + "> " +
		strconv.Itoa(b.size.Width) + "x" + strconv.Itoa(b.size.Height)
	v := tea.NewView(text)
	v.AltScreen = true
	return v
}

func (f *fixture) lastSize() tea.WindowSizeMsg {
	f.screen.Lock()
	defer f.screen.Unlock()
	if len(f.sizes) == 0 {
		return tea.WindowSizeMsg{}
	}
	return f.sizes[len(f.sizes)-1]
}

func (f *fixture) sizeCount() int {
	f.screen.Lock()
	defer f.screen.Unlock()
	return len(f.sizes)
}

func (f *fixture) keys() string {
	f.screen.Lock()
	defer f.screen.Unlock()
	return f.typed
}

func (f *fixture) lastOpened() Session {
	f.screen.Lock()
	defer f.screen.Unlock()
	if len(f.opened) == 0 {
		return Session{}
	}
	return f.opened[len(f.opened)-1]
}
