package connectors

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// Outbound says where connectors may go. Without Allow they reach public addresses only: a name that
// resolves to this machine, a private network or a cloud's metadata service is refused (SECURITY threat 9).
type Outbound struct {
	// Allow lists networks that may be dialled although they are not public.
	Allow []netip.Prefix
	// Timeout bounds one exchange, 10 s if not given.
	Timeout time.Duration
	// Resolver is net.DefaultResolver if nil.
	Resolver *net.Resolver
}

// ErrAddress is in the chain of the error of a connection that was refused for its address.
var ErrAddress = errors.New("the address is not public")

// special lists networks that net/netip does not call private and that are no place of the public internet
// either (IANA special-purpose address registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

// global is where all public addresses of IPv6 are (RFC 4291, IANA); the forms outside it that carry an IPv4
// address can end at any machine.
var global = netip.MustParsePrefix("2000::/3")

// Check refuses an address that must not be dialled. The error wraps ErrAddress.
func (o Outbound) Check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, p := range o.Allow {
		if p.Contains(a) {
			return nil
		}
	}
	bad := !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.Is6() && !global.Contains(a)
	for _, p := range special {
		bad = bad || p.Contains(a)
	}
	if bad {
		return fmt.Errorf("%w: %s", ErrAddress, a)
	}
	return nil
}

// Dial connects as net.Dialer does. The address is checked after the name was resolved and before the first
// packet, so that a name that resolves otherwise the second time gains nothing.
func (o Outbound) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second, Resolver: o.Resolver, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", ErrAddress, strconv.Quote(address))
		}
		return o.Check(a.Addr())
	}}
	return d.DialContext(ctx, network, address)
}

// Client is an HTTP client that goes where Outbound allows, through no proxy, and follows at most five
// redirects, each checked as the first address was; a redirect from https to http is refused, and one to
// another host loses the credentials, in whichever header they are.
func (o Outbound) Client() *http.Client {
	return &http.Client{
		Timeout: o.timeout(),
		Transport: &http.Transport{DialContext: o.Dial, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: o.timeout(),
			MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true},
		CheckRedirect: redirect,
	}
}

var errRedirect = errors.New("a redirect that is not followed")

// redirect decides about the next hop of an exchange. net/http drops Authorization and Cookie on the way to
// another domain, but keeps them for a subdomain and another port, and copies every other header to anybody:
// PRIVATE-TOKEN too. Once an exchange has left its first host, only what names no one is kept.
func redirect(next *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return fmt.Errorf("%w: more than five", errRedirect)
	}
	if next.URL.Scheme != "https" && via[0].URL.Scheme == "https" || next.URL.Scheme != "http" && next.URL.Scheme != "https" {
		return fmt.Errorf("%w: away from https", errRedirect)
	}
	left := next.URL.Host != via[0].URL.Host
	for _, r := range via {
		left = left || r.URL.Host != via[0].URL.Host
	}
	if left {
		for name := range next.Header {
			switch name {
			case "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Depth", "User-Agent":
			default:
				delete(next.Header, name)
			}
		}
	}
	return nil
}

func (o Outbound) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return 10 * time.Second
}

// Unreached puts the failure of an exchange in words. what names the other side: "prometheus at HOST".
func Unreached(what string, err error) error {
	switch {
	case errors.Is(err, ErrAddress):
		return release.Errorf(release.Usage, "%s is at an address that is not public", what).
			Advise("where that is meant, list its network under allow_networks of the connector").Because(err)
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return release.Errorf(release.Unavailable, "%s did not answer in time", what).Because(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return release.Errorf(release.Unavailable, "%s refuses the connection: nothing listens there", what).Because(err)
	case errors.Is(err, errRedirect):
		return release.Errorf(release.Usage, "%s sends us on to where we do not go", what).
			Advise("correct the url of the connector").Because(err)
	}
	if bad := (*tls.CertificateVerificationError)(nil); errors.As(err, &bad) {
		return release.Errorf(release.Unavailable, "%s shows a certificate that is not trusted", what).
			Advise("see whether it has run out, names another host or comes from an authority of your own").Because(err)
	}
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		return release.Errorf(release.Unavailable, "%s: the name %s cannot be resolved", what, release.Clean(dns.Name, 120)).Because(err)
	}
	return release.Errorf(release.Unavailable, "%s cannot be reached", what).Because(err)
}

func isTimeout(err error) bool {
	t := net.Error(nil)
	return errors.As(err, &t) && t.Timeout()
}

// Answered classes an HTTP answer that is not a success; nil for 2xx. It does not read the body.
func Answered(what string, r *http.Response) error {
	switch s := r.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return release.Errorf(release.Unauthenticated, "%s does not let us in (HTTP %d)", what, s).
			Advise("give the connector a secret that is good there")
	case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable:
		err := release.Errorf(release.Unavailable, "%s asks us to come again later (HTTP %d)", what, s)
		if after := retryAfter(r.Header.Get("Retry-After")); after > 0 {
			return err.Because(port.RetryAfter{After: after, Err: fmt.Errorf("HTTP %d", s)})
		}
		return err
	case s == http.StatusRequestTimeout || s >= 500:
		return release.Errorf(release.Unavailable, "%s answered HTTP %d", what, s)
	case s == http.StatusNotFound || s == http.StatusGone:
		return release.Errorf(release.NotFound, "%s has nothing at that address (HTTP %d)", what, s).Advise("correct the url of the connector")
	default:
		return release.Errorf(release.Usage, "%s does not take the request (HTTP %d)", what, s).Advise("correct the configuration of the connector")
	}
}

// retryAfter reads seconds or a date, at most an hour.
func retryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(s); err == nil {
		return min(time.Duration(max(n, 0))*time.Second, time.Hour)
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(0, min(time.Until(t), time.Hour))
	}
	return 0
}

// ReadAll reads a body of at most limit bytes. A longer one is a Usage error, and one that breaks off is
// Unavailable.
func ReadAll(what string, r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, Unreached(what, err)
	}
	if int64(len(b)) > limit {
		return nil, release.Errorf(release.Usage, "%s answered with more than %d bytes", what, limit)
	}
	return b, nil
}
