package connectors_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/port"
)

func TestAnswered(t *testing.T) {
	for _, c := range []struct {
		status int
		after  string
		code   release.Code
		want   string
		wait   time.Duration
	}{
		{status: 200}, {status: 204}, {status: 299},
		{304, "", release.Usage, "does not take the request (HTTP 304)", 0},
		{400, "", release.Usage, "does not take the request (HTTP 400); correct the configuration", 0},
		{401, "", release.Unauthenticated, "does not let us in (HTTP 401); give the connector a secret", 0},
		{403, "", release.Unauthenticated, "does not let us in (HTTP 403)", 0},
		{404, "", release.NotFound, "has nothing at that address (HTTP 404); correct the url", 0},
		{408, "", release.Unavailable, "answered HTTP 408", 0},
		{410, "", release.NotFound, "has nothing at that address (HTTP 410)", 0},
		{422, "", release.Usage, "does not take the request (HTTP 422)", 0},
		{429, "", release.Unavailable, "asks us to come again later (HTTP 429)", 0},
		{429, "120", release.Unavailable, "asks us to come again later (HTTP 429)", 2 * time.Minute},
		{503, "999999999", release.Unavailable, "asks us to come again later (HTTP 503)", time.Hour},
		{503, "-5", release.Unavailable, "asks us to come again later (HTTP 503)", 0},
		{503, "soon", release.Unavailable, "asks us to come again later (HTTP 503)", 0},
		{503, "Fri, 31 Dec 9999 23:59:59 GMT", release.Unavailable, "asks us to come again later (HTTP 503)", time.Hour},
		{503, "Fri, 31 Dec 1999 23:59:59 GMT", release.Unavailable, "asks us to come again later (HTTP 503)", 0},
		{500, "", release.Unavailable, "answered HTTP 500", 0},
		{502, "", release.Unavailable, "answered HTTP 502", 0},
	} {
		r := &http.Response{StatusCode: c.status, Header: http.Header{}}
		if c.after != "" {
			r.Header.Set("Retry-After", c.after)
		}
		err := connectors.Answered("prometheus at x", r)
		if c.want == "" {
			if err != nil {
				t.Errorf("%d: %v", c.status, err)
			}
			continue
		}
		if release.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), "prometheus at x "+c.want) {
			t.Errorf("%d: %s %v, want %s %s", c.status, release.CodeOf(err), err, c.code, c.want)
		}
		var wait port.RetryAfter
		if errors.As(err, &wait) != (c.wait > 0) || wait.After != c.wait {
			t.Errorf("%d %q: wait %s, want %s", c.status, c.after, wait.After, c.wait)
		}
	}
}

func TestUnreached(t *testing.T) {
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	client := connectors.Outbound{Allow: []netip.Prefix{netip.PrefixFrom(trapped, 32)}}.Client()
	client.Transport.(*http.Transport).TLSClientConfig = untrusted.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	client.Transport.(*http.Transport).TLSClientConfig.RootCAs = x509.NewCertPool()
	_, certificate := client.Get(untrusted.URL)
	for _, c := range []struct {
		err  error
		code release.Code
		want string
	}{
		{fmt.Errorf("dial: %w", connectors.ErrAddress), release.Usage, " is at an address that is not public; where that is meant, list its network under allow_networks of the connector"},
		{context.DeadlineExceeded, release.Unavailable, " did not answer in time"},
		{&net.OpError{Op: "read", Err: &net.DNSError{IsTimeout: true}}, release.Unavailable, " did not answer in time"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, release.Unavailable, " refuses the connection: nothing listens there"},
		{&net.DNSError{Name: "a\x1b[31m.test", IsNotFound: true}, release.Unavailable, ": the name a[31m.test cannot be resolved"},
		{certificate, release.Unavailable, " shows a certificate that is not trusted; see whether it has run out"},
		{io.ErrUnexpectedEOF, release.Unavailable, " cannot be reached"},
		{errors.New("net/http: HTTP/1.x transport connection broken"), release.Unavailable, " cannot be reached"},
	} {
		got := connectors.Unreached("prometheus at x", c.err)
		if release.CodeOf(got) != c.code || !strings.HasPrefix(got.Error(), "prometheus at x"+c.want) {
			t.Errorf("%v: %s %q, want %s %q", c.err, release.CodeOf(got), got, c.code, c.want)
		}
		if !errors.Is(got, c.err) {
			t.Errorf("%q does not carry its cause", got)
		}
	}
}

func TestReadAll(t *testing.T) {
	for _, c := range []struct {
		body io.Reader
		want string
		code release.Code
		says string
	}{
		{strings.NewReader(""), "", "", ""},
		{strings.NewReader("12345678"), "12345678", "", ""},
		{strings.NewReader("123456789"), "", release.Usage, "prometheus at x answered with more than 8 bytes"},
		{iotest.OneByteReader(strings.NewReader("123456789")), "", release.Usage, "prometheus at x answered with more than 8 bytes"},
		{io.MultiReader(strings.NewReader("123"), iotest.ErrReader(io.ErrUnexpectedEOF)), "", release.Unavailable, "prometheus at x cannot be reached"},
		{iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("1234"))), "", release.Unavailable, "prometheus at x cannot be reached"},
		{iotest.ErrReader(context.DeadlineExceeded), "", release.Unavailable, "prometheus at x did not answer in time"},
	} {
		got, err := connectors.ReadAll("prometheus at x", c.body, 8)
		if string(got) != c.want || release.CodeOf(err) != c.code || err != nil && err.Error() != c.says {
			t.Errorf("got %q, %v; want %q, %s %s", got, err, c.want, c.code, c.says)
		}
	}
}
