package smtp_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"signalbox/connectors"
	"signalbox/connectors/smtp"
)

var home = netip.MustParsePrefix("127.0.0.1/32")

// authority returns a certificate for 127.0.0.1 and the pool that trusts it.
func authority(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, roots
}

// config is that of a connector for a peer; change makes it another.
func config(scheme string, l net.Listener, change func(*smtp.Config)) smtp.Config {
	c := smtp.Config{Name: "mail", URL: scheme + "://" + l.Addr().String(), From: "signalbox@example.com", To: []string{"ops@example.com"},
		Helo: "signalbox.example.com", Outbound: connectors.Outbound{Allow: []netip.Prefix{home}, Timeout: 30 * time.Second}}
	if change != nil {
		change(&c)
	}
	return c
}

func sender(t *testing.T, c smtp.Config) *smtp.Sender {
	t.Helper()
	s, err := smtp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// mailbox is a mail server that keeps what it takes.
type mailbox struct {
	mu    sync.Mutex
	mails []taken
	users map[string]string
}

type taken struct {
	helo, from, user string
	secure           bool
	to               []string
	text             string
}

func (b *mailbox) all() []taken {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]taken(nil), b.mails...)
}

// open serves a mailbox; with a certificate it offers STARTTLS, and wrapped is TLS from the first byte.
func (b *mailbox) open(t *testing.T, certificate *tls.Config, wrapped bool) net.Listener {
	t.Helper()
	l := listen(t)
	s := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) { return &session{box: b, conn: c}, nil }))
	s.Domain, s.ErrorLog = "mail.example.com", log.New(io.Discard, "", 0)
	serving := l
	if wrapped {
		serving = tls.NewListener(l, certificate)
	} else {
		s.TLSConfig = certificate
	}
	go s.Serve(serving)
	t.Cleanup(func() { s.Close() })
	return l
}

type session struct {
	box  *mailbox
	conn *gosmtp.Conn
	m    taken
}

func (s *session) AuthMechanisms() []string {
	if s.box.users == nil {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if want, ok := s.box.users[user]; !ok || want != password {
			return gosmtp.ErrAuthFailed
		}
		s.m.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	s.m.from, s.m.helo = from, s.conn.Hostname()
	_, s.m.secure = s.conn.TLSConnectionState()
	return nil
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.m.to = append(s.m.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.m.text = string(b)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, s.m)
	return nil
}

func (s *session) Reset()        { s.m.from, s.m.to, s.m.text = "", nil, "" }
func (s *session) Logout() error { return nil }

// What a scripted peer does instead of an answer.
const (
	drop    = "(drop)"
	silence = "(silence)"
	endless = "(endless)"
	echo    = "(echo)"
)

// script is a mail server that says what it is told at each step, of which "greeting" is the first and "dot"
// the end of a text; elsewhere it is friendly. whole counts the texts that came to their end.
type script struct {
	says  map[string]string
	whole atomic.Int64
	steps atomic.Int64
}

func (s *script) open(t *testing.T, certificate *tls.Config) net.Listener {
	t.Helper()
	l := listen(t)
	serving := l
	if certificate != nil {
		serving = tls.NewListener(l, certificate)
	}
	go func() {
		for {
			conn, err := serving.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return l
}

func (s *script) serve(conn net.Conn) {
	defer conn.Close()
	friendly := map[string]string{"greeting": "220 mail.example.com", "EHLO": "250-mail.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN", "DATA": "354 go on",
		"AUTH": "235 welcome", "QUIT": "221 bye"}
	r := bufio.NewReader(conn)
	step, line := "greeting", ""
	for {
		answer := s.says[step]
		if answer == "" {
			answer = friendly[step]
		}
		if answer == "" {
			answer = "250 fine"
		}
		s.steps.Add(1)
		switch answer {
		case drop:
			return
		case silence:
			io.Copy(io.Discard, r)
			return
		case endless:
			for {
				if _, err := io.WriteString(conn, "220-"+strings.Repeat("x", 1000)+"\r\n"); err != nil {
					return
				}
			}
		case echo:
			answer = "501 what is " + strings.TrimSpace(line)
		}
		if _, err := io.WriteString(conn, answer+"\r\n"); err != nil {
			return
		}
		if step == "DATA" && strings.HasPrefix(answer, "354") {
			for line = ""; line != ".\r\n"; {
				var err error
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			s.whole.Add(1)
			step = "dot"
			continue
		}
		var err error
		if line, err = r.ReadString('\n'); err != nil {
			return
		}
		step = strings.ToUpper(strings.Fields(line + " ?")[0])
	}
}
