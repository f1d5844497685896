package httpserver

import (
	"context"
	"net/http"

	"signalbox/release"
)

// mayObserve reports whether /healthz, /readyz and /metrics exist for the sender of r. For others they are
// paths like any that lead nowhere.
func (s *Server) mayObserve(r *http.Request) bool { return s.observe == All || local(r) }

type health struct {
	Status string `json:"status"`
}

// healthz says that the process answers. It asks nobody else: a supervisor must not restart signalbox
// because a database is away.
func (s *Server) healthz(c *call) answer {
	if a, bad := s.looking(c); bad {
		return a
	}
	return ok(health{"up"})
}

// readyz says whether the store can read and write now; 503 with the sentence where it cannot.
func (s *Server) readyz(c *call) answer {
	if a, bad := s.looking(c); bad {
		return a
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), s.limits.Handle)
	defer cancel()
	if err := late(s.service.Ready(ctx)); err != nil {
		a := refuseAs(http.StatusServiceUnavailable, release.AsError(err))
		a.retry = retryUnavailable
		return a
	}
	return ok(health{"ready"})
}

func (s *Server) showMetrics(c *call) answer {
	if a, bad := s.looking(c); bad {
		return a
	}
	return answer{writer: s.metrics}
}

func (s *Server) looking(c *call) (answer, bool) {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return wrongMethod(c.r, "GET, HEAD"), true
	}
	return s.enough(c)
}
