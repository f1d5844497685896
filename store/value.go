package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// micros is how an instant is kept.
func micros(t time.Time) int64 { return t.UnixMicro() }

// instant is how an instant that may be unset is kept.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// optional is how a name that may be unset is kept where it refers to something.
func optional[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// flag is how a truth is kept.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// into scans an instant, set or not.
type into struct{ t *time.Time }

var _ sql.Scanner = into{}

func (i into) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i.t = time.Time{}
	case int64:
		*i.t = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("%T is not an instant", src)
	}
	return nil
}

// maybe scans a name that may be unset.
type maybe[S ~string] struct{ s *S }

func (m maybe[S]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.s = ""
	case string:
		*m.s = S(v)
	case []byte:
		*m.s = S(v)
	default:
		return fmt.Errorf("%T is not text", src)
	}
	return nil
}

func perhaps[S ~string](s *S) maybe[S] { return maybe[S]{s} }

// payload scans JSON.
type payload struct{ v any }

func (p payload) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return json.Unmarshal([]byte(v), p.v)
	case []byte:
		return json.Unmarshal(v, p.v)
	}
	return fmt.Errorf("%T is not JSON", src)
}

func marshal(v any) (string, error) {
	raw, err := json.Marshal(v)
	return string(raw), err
}

// number reads the digits at the end of an id, 0 where there are none: it orders CHG-9 before CHG-10.
func number(id string) int64 {
	i := len(id)
	for i > 0 && id[i-1] >= '0' && id[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseInt(id[i:], 10, 64)
	if err != nil {
		return 0
	}
	return n
}
