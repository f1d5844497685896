package backstage

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"signalbox/connectors"
)

// proxy stands between git and one host. git resolves names by itself, so that it is given no other way out
// than this one, where the address is checked before it is dialled.
type proxy struct {
	out    connectors.Outbound
	target string // host:port, the only one
	listen net.Listener
	server *http.Server
	plain  *http.Transport
	over   context.Context // done when the proxy is closed
	end    context.CancelFunc

	mu   sync.Mutex
	fail error // of the last dial that failed
}

// newProxy listens on this machine alone. close ends it and every connection through it.
func newProxy(out connectors.Outbound, target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{out: out, target: target, listen: l}
	p.over, p.end = context.WithCancel(context.Background())
	p.plain = &http.Transport{DialContext: p.dial, DisableKeepAlives: true}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go p.server.Serve(l)
	return p, nil
}

func (p *proxy) address() string { return "http://" + p.listen.Addr().String() }

func (p *proxy) close() {
	p.end()
	p.server.Close()
	p.plain.CloseIdleConnections()
}

// failed is why the host could not be dialled, nil where it could.
func (p *proxy) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fail
}

func (p *proxy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := p.out.Dial(ctx, network, address)
	p.mu.Lock()
	p.fail = err
	p.mu.Unlock()
	return c, err
}

// ServeHTTP joins a CONNECT with its host, and passes a plain request on.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != p.target && hostPort(r.URL.Scheme, r.Host) != p.target {
		http.Error(w, "not this host", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodConnect {
		p.pass(w, r)
		return
	}
	far, err := p.dial(r.Context(), "tcp", p.target)
	if err != nil {
		http.Error(w, "no way there", http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	defer context.AfterFunc(p.over, func() {
		near.Close()
		far.Close()
	})()
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	go func() {
		io.Copy(far, buffered)
		far.Close()
	}()
	io.Copy(near, far)
}

func (p *proxy) pass(w http.ResponseWriter, r *http.Request) {
	r.RequestURI = ""
	r.Header.Del("Proxy-Connection")
	a, err := p.plain.RoundTrip(r)
	if err != nil {
		http.Error(w, "no way there", http.StatusBadGateway)
		return
	}
	defer a.Body.Close()
	for k, v := range a.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.StatusCode)
	io.Copy(w, a.Body)
}

// hostPort adds the port of a scheme to a host without one.
func hostPort(scheme, host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := "443"
	switch scheme {
	case "http":
		port = "80"
	case "ssh":
		port = "22"
	}
	if len(host) > 1 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	return net.JoinHostPort(host, port)
}
