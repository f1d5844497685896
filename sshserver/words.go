package sshserver

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"signalbox/release"
)

// split turns a command line into words by the quoting rules of the shell (POSIX 2.2: backslash, single and
// double quotes) and by nothing else of it: no expansion, no operator, no comment. "$x", "`x`", ";", "|",
// "*" are letters of their word. Quoted nothing is a word. The only error is a Usage error.
func split(command string) ([]string, error) {
	if !utf8.ValidString(command) || strings.ContainsFunc(command, forbidden) {
		return nil, release.Errorf(release.Usage, "the command holds characters that are not text")
	}
	var (
		words []string
		word  strings.Builder
		open  bool // a word has begun
		quote rune // inside of it
		rest  = []rune(command)
	)
	for i := 0; i < len(rest); i++ {
		r := rest[i]
		switch {
		case quote == '\'' && r != '\'':
			word.WriteRune(r)
		case quote != 0 && r == quote:
			quote = 0
		case r == '\\':
			i++
			if i == len(rest) {
				return nil, unbalanced("a backslash at its end")
			}
			switch next := rest[i]; {
			case next == '\n': // a line that goes on
				continue
			case quote == '"' && !strings.ContainsRune("\"\\$`", next):
				word.WriteRune(r)
				word.WriteRune(next)
			default:
				word.WriteRune(next)
			}
			open = true
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if quote != 0 {
		return nil, unbalanced("a quote that is not closed")
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

func forbidden(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

func unbalanced(what string) error {
	return release.Errorf(release.Usage, "the command has %s", what).
		Advise("quote it once more for your own shell: ssh HOST \"reject CHG-12 -m 'two words'\"")
}
