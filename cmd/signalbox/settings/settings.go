// Package settings owns the configuration file: its shape, its schema, its check and what a change of it
// means. One table says which keys there are (table.go, kinds.go); the check, the JSON schema and the
// document all come from it. It opens no connection and starts nothing. It imports release and the root of
// connectors, never control, the store or a door.
package settings

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/feed"
)

// Config is a configuration that was checked: every key that the file leaves out has its default, and every
// path of a file is absolute or relative to the working directory (see Parse).
type Config struct {
	Organisation Organisation          `yaml:"organisation"`
	Environments []catalog.Environment `yaml:"environments"` // never empty
	Bots         []string              `yaml:"bots"`         // logins that stand for no human, in lower case
	SSH          SSH                   `yaml:"ssh"`
	HTTP         HTTP                  `yaml:"http"`
	Conflicts    Conflicts             `yaml:"conflicts"`
	Connectors   []Connector           `yaml:"connectors"`

	// Path is the file it was read from, "" where there was none.
	Path string `yaml:"-"`

	places map[string]place // where each key stands, by its path: "connectors[2].interval"
}

// Organisation is whom the installation serves.
type Organisation struct {
	Name    string `yaml:"name"`
	Address string `yaml:"address"` // HOST or HOST:PORT, what people type after ssh
	File    string `yaml:"file"`    // of organisation.yaml
}

// SSH is the SSH door.
type SSH struct {
	Profile       string         `yaml:"profile"` // compat or strict
	Idle          time.Duration  `yaml:"idle"`
	PerAddress    int            `yaml:"per_address"`
	Total         int            `yaml:"total"`
	Trusted       []netip.Prefix `yaml:"trusted"`
	UserCA        []string       `yaml:"user_ca"` // public keys in the form of authorized_keys
	UserCAFile    string         `yaml:"user_ca_file"`
	UserCARevoked string         `yaml:"user_ca_revoked"`
}

// HTTP is the HTTP door.
type HTTP struct {
	Observe string         `yaml:"observe"`  // loopback or all
	MaxBody int64          `yaml:"max_body"` // bytes
	Proxies []netip.Prefix `yaml:"proxies"`
	TLSCert string         `yaml:"tls_cert"`
	TLSKey  string         `yaml:"tls_key"`
}

// Connector is one outside system. A field that its kind does not have is zero. Secrets come from a file or
// the environment, never from here.
type Connector struct {
	Name string `yaml:"name"`
	Kind string `yaml:"kind"`

	ExpectEvery time.Duration `yaml:"expect_every"` // push: 0 promises nothing
	Interval    time.Duration `yaml:"interval"`     // pull

	URL           string         `yaml:"url"`
	Path          string         `yaml:"path"`
	User          string         `yaml:"user"`
	SecretFile    string         `yaml:"secret_file"`
	SecretEnv     string         `yaml:"secret_env"`
	AllowNetworks []netip.Prefix `yaml:"allow_networks"`
	Timeout       time.Duration  `yaml:"timeout"`

	Map    map[string]string `yaml:"map"` // slug to service
	Labels Labels            `yaml:"labels"`
	// Environment is that of series without a label for it.
	Environment string  `yaml:"environment"`
	Metrics     Metrics `yaml:"metrics"`
	Queries     Queries `yaml:"queries"`

	CalDAV bool              `yaml:"caldav"` // icalendar: URL is a collection
	As     calendar.Kind     `yaml:"as"`     // icalendar; "": each event says what it is; schedule: deadline or window
	Scope  access.Scope      `yaml:"scope"`  // of the entries; webhook, smtp: of the events
	Freeze calendar.Hardness `yaml:"freeze"`
	Zone   string            `yaml:"zone"`   // IANA
	Branch string            `yaml:"branch"` // backstage: URL is a git repository's
	What   string            `yaml:"what"`   // csv: services, people, windows, batches or periods

	Product  string        `yaml:"product"`  // endoflife
	Versions []string      `yaml:"versions"` // endoflife; empty: every one
	P95      time.Duration `yaml:"p95"`      // crontab; 0: each job says it
	System   bool          `yaml:"system"`   // crontab
	Project  string        `yaml:"project"`  // schedule

	From         string            `yaml:"from"`
	To           []string          `yaml:"to"`
	StartTLS     string            `yaml:"starttls"` // required, opportunistic or none; "": as the host wants it
	Headers      map[string]string `yaml:"headers"`
	Deduplicates bool              `yaml:"deduplicates"`
	Events       []string          `yaml:"events"` // audit verbs; empty: those that the caller takes
}

// Labels are the names of labels that say what a sample or an alert is about. Version is that of samples only.
type Labels struct {
	Service     string `yaml:"service"`
	Environment string `yaml:"environment"`
	Version     string `yaml:"version"`
}

// Metrics names the series that a monitor's usual queries are built from.
type Metrics struct {
	Requests string        `yaml:"requests"` // a counter
	Latency  string        `yaml:"latency"`  // a histogram, without _bucket
	Errors   string        `yaml:"errors"`   // label matchers of the failed requests
	Selector string        `yaml:"selector"` // label matchers of all requests
	Window   time.Duration `yaml:"window"`
}

// Queries is PromQL in place of the usual queries.
type Queries struct {
	Rate   string `yaml:"rate"`
	Errors string `yaml:"errors"`
	P50    string `yaml:"p50"`
	P95    string `yaml:"p95"`
	P99    string `yaml:"p99"`
}

// Direction says who starts the exchange.
func (k Connector) Direction() feed.Kind { return kindNamed(k.Kind).direction }

// Feed is the row by which the connector is shown and judged: a pull feed promises its interval, a push feed
// what it is expected to.
func (k Connector) Feed() feed.Status {
	s := feed.Status{Name: k.Name, Type: k.Kind, Kind: k.Direction()}
	switch s.Kind {
	case feed.Pull:
		s.ExpectEvery = k.Interval
	case feed.Push:
		s.ExpectEvery = k.ExpectEvery
	}
	return s
}

// Outbound says where the connector may go.
func (k Connector) Outbound() connectors.Outbound {
	return connectors.Outbound{Allow: k.AllowNetworks, Timeout: k.Timeout}
}

// Kinds lists the kinds of connectors.
func Kinds() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.name
	}
	return out
}

// Default is what holds without a file.
func Default() Config {
	c, err := Parse("", nil)
	if err != nil {
		panic(err) // the table contradicts itself, which its test rules out
	}
	return c
}

// Load reads and checks the file at path. The error is Usage and carries Faults, or NotFound where the file
// cannot be read.
func Load(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, release.Errorf(release.NotFound, "the configuration %s cannot be read", release.Clean(path, 200)).
			Advise("check that it is there and that signalbox may read it").Because(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, connectors.MaxFile+1))
	if err != nil {
		return Config{}, release.Errorf(release.NotFound, "the configuration %s cannot be read", release.Clean(path, 200)).
			Advise("check that it is a file").Because(err)
	}
	return Parse(path, data)
}

// Parse checks the text of a configuration; name is its file in sentences. Relative paths in it are resolved
// against the directory of that file, not against the working directory: a service may be started from
// anywhere. The error is Usage and carries Faults. An empty file is all defaults.
func Parse(name string, data []byte) (Config, error) {
	t := read(data)
	if t.root != nil {
		t.check()
	}
	if len(t.faults) > 0 {
		return Config{}, refusal(name, t.faults)
	}
	t.complete(filepath.Dir(name))
	c := Config{Path: name, places: t.places}
	if err := t.root.Decode(&c); err != nil {
		return Config{}, release.Errorf(release.Internal, "%s was checked and still cannot be read", release.Clean(name, 200)).Because(err)
	}
	return c.settle(), nil
}
