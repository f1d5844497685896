package httpserver

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"signalbox/release"
)

// budget is the memory that bodies under way may hold, in all and of each source. A body takes from it as
// it grows, so that a sender who announces much and sends little holds little.
type budget struct {
	total, each int64

	mu   sync.Mutex
	used int64
	held map[netip.Addr]int64
}

func newBudget(total, each int64) *budget {
	return &budget{total: total, each: each, held: map[netip.Addr]int64{}}
}

// take reserves n bytes, or returns the answer of one for whom there is no room.
func (b *budget) take(from netip.Addr, n int64) (full answer, taken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.held[from]+n > b.each:
		return tooMany(time.Second, "too many bytes are under way from this source at once"), false
	case b.used+n > b.total:
		a := refuse(release.Errorf(release.Unavailable, "too many bodies are under way at once").
			Advise("come again in %d s", seconds(retryUnavailable)))
		a.hangUp = true
		return a, false
	}
	b.used += n
	b.held[from] += n
	return answer{}, true
}

func (b *budget) give(from netip.Addr, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.held[from] -= n; b.held[from] == 0 {
		delete(b.held, from)
	}
}

// body is a request body in memory and the room it takes there; done gives the room back.
type body struct {
	bytes []byte
	from  netip.Addr
	room  int64
	of    *budget
	gauge prometheus.Gauge
}

func (b *body) grow(to int64) (full answer, taken bool) {
	more := to - b.room
	if full, taken = b.of.take(b.from, more); !taken {
		return full, false
	}
	b.room = to
	b.gauge.Add(float64(more))
	grown := make([]byte, len(b.bytes), to)
	copy(grown, b.bytes)
	b.bytes = grown
	return answer{}, true
}

func (b *body) done() {
	b.of.give(b.from, b.room)
	b.gauge.Sub(float64(b.room))
}

// firstRoom is the first piece of room; nearly all deliveries fit.
const firstRoom = 16 << 10

// read takes a body of at most limit bytes into memory, as it came: an encoded one is refused, because what
// it unpacks to has no limit. The answer is a refusal where there is one. done is always to be called.
func (s *Server) read(c *call, limit int64) (b *body, bad *answer) {
	b = &body{from: holder(c.from), of: s.bodies, gauge: s.meters.bodyBytes}
	for _, e := range c.r.Header.Values("Content-Encoding") {
		if e = strings.TrimSpace(e); e != "" && !strings.EqualFold(e, "identity") {
			return b, hangUp(http.StatusUnsupportedMediaType, release.Errorf(release.Usage, "a body encoded as %s is not taken", quote(e)).
				Advise("send it unpacked, without Content-Encoding"))
		}
	}
	tooLarge := release.Errorf(release.Usage, "the body is larger than %d bytes", limit).
		Advise("send less at once")
	if c.r.ContentLength > limit {
		return b, hangUp(http.StatusRequestEntityTooLarge, tooLarge)
	}
	for {
		if len(b.bytes) == cap(b.bytes) {
			// One byte more than the limit shows that there is more.
			if full, taken := b.grow(min(max(2*b.room, firstRoom), limit+1)); !taken {
				return b, &full
			}
		}
		n, err := c.r.Body.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case int64(len(b.bytes)) > limit:
			return b, hangUp(http.StatusRequestEntityTooLarge, tooLarge)
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return b, broken(err, s.limits.Read)
		}
	}
}

func broken(err error, patience time.Duration) *answer {
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return hangUp(http.StatusRequestTimeout, release.Errorf(release.Usage, "the body did not arrive within %s", patience).
			Advise("send it again, faster").Because(err))
	}
	return hangUp(http.StatusBadRequest, release.Errorf(release.Usage, "the body broke off").
		Advise("send it again").Because(err))
}

func hangUp(status int, err error) *answer {
	a := refuseAs(status, err)
	a.hangUp = true
	return &a
}
