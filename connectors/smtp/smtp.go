package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

// Sender hands mails to one server. It satisfies port.Sender and may be used by many goroutines.
type Sender struct {
	name     string
	what     string // "NAME at HOST:PORT", as sentences call the server
	host     string
	port     int
	wrapped  bool // TLS from the first byte
	policy   gomail.TLSPolicy
	user     string
	secret   string
	helo     string
	from     *mail.Address
	to       []string
	roots    *x509.CertPool
	outbound connectors.Outbound
	timeout  time.Duration
}

var _ port.Sender = (*Sender)(nil)

// Name is the connector's name.
func (s *Sender) Name() string { return s.name }

// Deduplicates is false: no mail server promises to know a Message-ID again.
func (s *Sender) Deduplicates() bool { return false }

// Send hands one mail over. The server has taken it when it answers the end of the text with a yes, whatever
// happens to the connection afterwards. Where no answer to the end of the text came, nobody can tell.
func (s *Sender) Send(ctx context.Context, m outbox.Message) outbox.Outcome {
	msg, err := s.compose(m)
	if err != nil {
		return outbox.Outcome{Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	o := outbox.Outcome{}
	err = s.session(ctx, func(client *gomail.Client, session *smtp.Client) {
		if err := client.SendWithSMTPClient(session, msg); err != nil && !msg.IsDelivered() {
			o = s.undelivered(ctx, err)
			return
		}
		_ = client.CloseWithSMTPClient(session) // it has the mail
	})
	if err != nil {
		o.Err = err
	}
	return o
}

// Test logs in as Send would, sends nothing, and says what it found.
func (s *Sender) Test(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	notes := []string{s.what + " answers"}
	err := s.session(ctx, func(client *gomail.Client, session *smtp.Client) {
		switch state, err := session.GetTLSConnectionState(); {
		case err == nil && state.HandshakeComplete:
			notes = append(notes, "the connection is encrypted, "+tls.VersionName(state.Version))
		case s.wrapped:
			notes = append(notes, "the connection is encrypted")
		default:
			notes = append(notes, "the connection is in the clear")
		}
		if s.user != "" {
			notes = append(notes, "the login is accepted")
		}
		_ = client.CloseWithSMTPClient(session)
	})
	if err != nil {
		return nil, err
	}
	return append(notes, "no mail was sent"), nil
}

// session opens a session with the server, logged in, and closes what is left of it after use.
func (s *Sender) session(ctx context.Context, use func(client *gomail.Client, session *smtp.Client)) error {
	var raw *bounded
	client, err := s.client(func(conn *bounded) {
		raw = conn
		context.AfterFunc(ctx, func() { conn.Close() })
	})
	if err != nil {
		return release.Errorf(release.Usage, "the settings of the connector %s are refused", s.name).
			Advise("correct its url and helo").Because(err)
	}
	defer func() {
		if raw != nil {
			raw.Close()
		}
	}()
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.unopened(ctx, err)
	}
	use(client, session)
	return nil
}

// client prepares the library; opened is told of the connection as soon as there is one.
func (s *Sender) client(opened func(*bounded)) (*gomail.Client, error) {
	trust := &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(s.timeout), gomail.WithTLSConfig(trust), gomail.WithTLSPolicy(s.policy), gomail.WithoutNoop(),
		gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := s.outbound.Dial(ctx, network, net.JoinHostPort(s.host, fmt.Sprint(s.port)))
			if err != nil {
				return nil, err
			}
			b := &bounded{Conn: conn}
			opened(b)
			if !s.wrapped {
				return b, nil
			}
			secure := tls.Client(b, trust)
			return secure, secure.HandshakeContext(ctx)
		}),
	}
	if s.helo != "" {
		options = append(options, gomail.WithHELO(s.helo))
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.secret))
	}
	return gomail.NewClient(s.host, options...)
}

// unopened puts a session that did not come about in words. Nothing of the mail has been sent.
func (s *Sender) unopened(ctx context.Context, err error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		if ctx.Err() != nil || broken(err) {
			return connectors.Unreached(s.what, errors.Join(ctx.Err(), err))
		}
		return release.Errorf(release.Usage, "%s does not offer the encryption or the login that the connector %s asks for", s.what, s.name).
			Advise("correct starttls and user of the connector").Because(err)
	}
	// What the server says may repeat what it was sent, and that may be the password: only its code is kept.
	cause := fmt.Errorf("SMTP %d", answer.Code)
	switch answer.Code {
	case 530, 534, 535, 538:
		return release.Errorf(release.Unauthenticated, "%s does not let us in (SMTP %d)", s.what, answer.Code).
			Advise("give the connector a user and a secret that are good there").Because(cause)
	}
	if answer.Code >= 500 {
		return release.Errorf(release.Refused, "%s wants nothing from us (SMTP %d)", s.what, answer.Code).
			Advise("ask its owner to let this machine send, or correct the url of the connector").Because(cause)
	}
	return release.Errorf(release.Unavailable, "%s asks us to come again later (SMTP %d)", s.what, answer.Code).Because(cause)
}

// broken reports whether an error is that of a connection, not of what the two sides said.
func broken(err error) bool {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var protocol textproto.ProtocolError
	return errors.As(err, &network) || errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &protocol) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, errTalkative)
}

// undelivered classes a failure within the session. Until the end of the text was sent, the server cannot act
// on the mail; a server that answers the end of the text with a no has not taken it.
func (s *Sender) undelivered(ctx context.Context, err error) outbox.Outcome {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return outbox.Outcome{Reached: true, Err: connectors.Unreached(s.what, errors.Join(ctx.Err(), err))}
	}
	code := e.ErrorCode()
	if code == 0 {
		return outbox.Outcome{Reached: e.Reason == gomail.ErrSMTPDataClose, Err: connectors.Unreached(s.what, errors.Join(ctx.Err(), err))}
	}
	said := words(e)
	if code < 500 {
		return outbox.Outcome{Err: release.Errorf(release.Unavailable, "%s asks us to come again later: %s", s.what, said).Because(err)}
	}
	refused := map[gomail.SendErrReason]string{
		gomail.ErrSMTPMailFrom: "the address that the connector sends from", gomail.ErrSMTPRcptTo: "a recipient of the connector",
	}
	if part := refused[e.Reason]; part != "" {
		return outbox.Outcome{Err: release.Errorf(release.Usage, "%s does not take %s: %s", s.what, part, said).
			Advise("correct it in the configuration of the connector").Because(err)}
	}
	return outbox.Outcome{Err: release.Errorf(release.Refused, "%s does not take the mail: %s", s.what, said).
		Advise("ask its owner why").Because(err)}
}

// words is what the server said, in one line.
func words(e *gomail.SendError) string {
	text := strings.TrimPrefix(e.Error(), e.Reason.String()+": ")
	text, _, _ = strings.Cut(text, ", affected ")
	if code, quoted, ok := strings.Cut(text, " "); ok {
		if said, err := strconv.Unquote(quoted); err == nil {
			text = code + " " + said
		}
	}
	return release.Clean(text, 160)
}

// errTalkative ends a session with a server that does not stop talking.
var errTalkative = errors.New("the mail server sends too much")

// maxReplies is how much one session may read, in bytes; an ordinary one takes 2 KiB, and 8 with certificates.
const maxReplies = 256 << 10

// bounded is a connection that reads at most maxReplies.
type bounded struct {
	net.Conn
	read atomic.Int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.read.Load() >= maxReplies {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(p)
	b.read.Add(int64(n))
	return n, err
}
