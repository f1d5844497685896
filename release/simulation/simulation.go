// Package simulation owns what is known of a sandbox: its clock, the timeline of its scenario, what may be
// injected, and the commands that steer it. Whoever simulates satisfies what control asks of it; here are the
// plain types that both and the screens share. It does no I/O and keeps no clock.
package simulation

import (
	"errors"
	"strconv"
	"time"
)

// Mark stands in front of every id in a sandbox, so that none can be taken for one of production.
const Mark = "s-"

// ErrAnew is the cause of every refusal while a sandbox begins anew, and Beginning how an alarm line says it.
var ErrAnew = errors.New("the sandbox begins anew")

const Beginning = "SANDBOX begins anew; it is there in a moment"

// State is a simulation at an instant. It is a snapshot: shared and never changed.
type State struct {
	Scenario string        `json:"scenario"` // its name, as the verbs take it
	Title    string        `json:"title"`
	Brief    string        `json:"brief"`
	Level    int           `json:"level"`  // 1 the easiest, to 3
	Length   time.Duration `json:"length"` // how long it is meant to take, in simulated time
	Seed     uint64        `json:"seed"`
	Run      int           `json:"run"`   // 1 at first; a reset or another scenario counts on
	Speed    float64       `json:"speed"` // simulated seconds a second
	Paused   bool          `json:"paused"`
	// Beginning is set while it begins anew: its store answers nobody then.
	Beginning bool      `json:"beginning,omitempty"`
	Start     time.Time `json:"start"` // UTC
	Now       time.Time `json:"now"`   // UTC
	// Steps are the timeline, oldest first: what the scenario does, and what was injected.
	Steps     []Step     `json:"steps"`
	Injects   []Inject   `json:"injects"`
	Scenarios []Scenario `json:"scenarios"`
}

// Step is one thing on the timeline.
type Step struct {
	At   time.Time `json:"at"` // UTC
	Text string    `json:"text"`
	Done bool      `json:"done"`
	// By is the person who injected it, "" for what the scenario itself does.
	By string `json:"by,omitempty"`
	// Failed is why it could not be done, in words; "" where it was.
	Failed string `json:"failed,omitempty"`
}

// Next is the first step that is not done, nil where there is none.
func (s State) Next() *Step {
	for i := range s.Steps {
		if !s.Steps[i].Done {
			return &s.Steps[i]
		}
	}
	return nil
}

// Inject is something that a trainer may let happen.
type Inject struct {
	Name   string `json:"name"`
	Short  string `json:"short"`  // what it does, in a line
	Target string `json:"target"` // what it strikes where the trainer names nothing
}

// Scenario is a story that a simulation may play.
type Scenario struct {
	Name    string        `json:"name"`
	Title   string        `json:"title"`
	Brief   string        `json:"brief"`
	Level   int           `json:"level"`
	Length  time.Duration `json:"length"`
	Running bool          `json:"running"`
}

// Act is what a command does.
type Act string

const (
	Pause  Act = "pause"
	Resume Act = "resume"
	Speed  Act = "speed"
	Jump   Act = "jump"
	Let    Act = "inject"
	Note   Act = "note"
	Reset  Act = "reset"
	Play   Act = "scenario"
)

// Command steers a simulation.
type Command struct {
	Act Act
	// Speed is simulated seconds a second, for Speed; 0 takes the next of Speeds.
	Speed float64
	// To is the instant to jump to, UTC; zero is that of the next step.
	To time.Time
	// Name is the inject or the scenario, or the words of a note; Target what an inject strikes, "" for its own.
	Name, Target string
	// By is who asks.
	By string
}

// Speeds are those through which a key goes, slowest first.
var Speeds = []float64{1, 2, 4, 10, 30, 60}

// Fastest and Slowest bound the speed.
const (
	Slowest = 0.1
	Fastest = 120.0
)

// Farthest is how far one jump may go.
const Farthest = 12 * time.Hour

// Faster is the speed that follows in Speeds; the first after the last.
func Faster(now float64) float64 {
	for _, s := range Speeds {
		if s > now {
			return s
		}
	}
	return Speeds[0]
}

// Factor writes a speed: "×4", "×0.5".
func Factor(speed float64) string { return "×" + strconv.FormatFloat(speed, 'f', -1, 64) }
