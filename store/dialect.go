package store

import (
	"strconv"
	"strings"
)

// dialect holds what differs between the two engines within the one body of SQL.
type dialect struct {
	name string
	// numbered says that parameters are written $1, $2 and not ?.
	numbered bool
	// uncancellable says that a statement of a write must not be interrupted: SQLite answers an interrupt
	// by ending the whole transaction, in which other commands may have a part.
	uncancellable bool
	// countsTopics says that other processes learn from the table topic what changed. PostgreSQL notifies.
	countsTopics bool
}

var (
	sqliteDialect   = dialect{name: "SQLite", uncancellable: true, countsTopics: true}
	postgresDialect = dialect{name: "PostgreSQL", numbered: true}
)

// bind writes a query's parameters as the engine wants them. No query of this package has a question mark
// within a literal.
func (d dialect) bind(query string) string {
	if !d.numbered || !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n := 0
	for {
		head, rest, found := strings.Cut(query, "?")
		b.WriteString(head)
		if !found {
			return b.String()
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = rest
	}
}

// most is the largest number of keys in one IN list; longer lists are asked for in parts.
const most = 256

// list writes one group of parameters for each key, n times "?" or "(?,?,?)". The number of groups is
// rounded up to a power of two, so that a query has few forms and its prepared statement is found again;
// padded says how many.
func list(group string, n int) (text string, padded int) {
	padded = 1
	for padded < n {
		padded *= 2
	}
	return strings.Repeat(group+",", padded-1) + group, padded
}
