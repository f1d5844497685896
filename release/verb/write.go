package verb

import (
	"encoding/json"
	"fmt"
	"io"

	"signalbox/release"
)

// Write prints an answer: its lines, or its value as indented JSON with a line feed.
func Write(w io.Writer, a Answer, asJSON bool) error {
	if a.Stream != nil {
		return a.Stream(w)
	}
	if asJSON {
		return writeJSON(w, a.Value)
	}
	for _, l := range a.Lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}

// Fault is the JSON of an error: {"error":{"code","message","try"}}.
type Fault struct {
	Error struct {
		Code    release.Code `json:"code"`
		Message string       `json:"message"`
		Try     string       `json:"try"`
	} `json:"error"`
}

// NewFault describes err for a machine.
func NewFault(err error) Fault {
	e := release.AsError(err)
	var f Fault
	f.Error.Code, f.Error.Message, f.Error.Try = e.Code, e.Message, e.Try
	return f
}

// WriteError prints an error: "CODE: message" and, on a second line, what to do; or a Fault as JSON.
func WriteError(w io.Writer, err error, asJSON bool) error {
	if asJSON {
		return writeJSON(w, NewFault(err))
	}
	e := release.AsError(err)
	word := string(e.Code)
	switch e.Code {
	case release.NotFound:
		word = "not found"
	case release.Unauthenticated:
		word = "refused"
	}
	if _, werr := fmt.Fprintf(w, "%s: %s\n", word, e.Message); werr != nil || e.Try == "" {
		return werr
	}
	_, werr := fmt.Fprintf(w, "  %s\n", e.Try)
	return werr
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
