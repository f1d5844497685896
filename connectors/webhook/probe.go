package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"signalbox/connectors"
	"signalbox/release"
)

// Test asks the endpoint with HEAD, which changes nothing there, and says what it found: whether somebody
// answers at the address, under which certificate. What it answers to a message only a message can tell.
func (s *Sender) Test(ctx context.Context) ([]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.url, nil)
	if err != nil {
		return nil, release.Errorf(release.Usage, "the url of the connector %s is none", s.name).
			Advise("give the https address that its receiver told you")
	}
	r.Header = s.headers.Clone()
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "signalbox")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		var shown *url.Error // its text has the whole url
		if errors.As(err, &shown) {
			err = shown.Err
		}
		return nil, connectors.Unreached(s.what, err)
	}
	defer answer.Body.Close()
	notes := []string{fmt.Sprintf("%s answers HTTP %d to HEAD", s.what, answer.StatusCode)}
	if answer.TLS != nil && len(answer.TLS.PeerCertificates) > 0 {
		notes = append(notes, fmt.Sprintf("the connection is encrypted, %s, certificate good until %s", tls.VersionName(answer.TLS.Version),
			answer.TLS.PeerCertificates[0].NotAfter.UTC().Format("2006-01-02")))
	} else {
		notes = append(notes, "the connection is in the clear")
	}
	return append(notes, "no message was sent"), nil
}
