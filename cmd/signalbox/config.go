package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"signalbox/httpserver"
	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/sshserver"
)

// config is the configuration file: strict YAML, where an unknown key refuses the start and names its line.
type config struct {
	Environments []catalog.Environment `yaml:"environments"`
	SSH          sshConfig             `yaml:"ssh"`
	HTTP         httpConfig            `yaml:"http"`
	Connectors   []connectorConfig     `yaml:"connectors"`
	Bots         []string              `yaml:"bots"` // logins that stand for no human

	path string
}

type sshConfig struct {
	// Profile is compat (mlkem768x25519 first, then curve25519) or strict (mlkem768x25519 only).
	Profile string `yaml:"profile"`
	// Idle is how long without a key press before levers disarm, 10m if not given.
	Idle duration `yaml:"idle"`
	// PerAddress bounds connections from one address, 50 if not given; Total bounds all.
	PerAddress int `yaml:"per_address"`
	Total      int `yaml:"total"`
	// Trusted lists networks, such as a bastion's, that the limits of one address do not bind.
	Trusted []netip.Prefix `yaml:"trusted"`
}

type httpConfig struct {
	// Observe says who may read /healthz, /readyz and /metrics: loopback or all.
	Observe string `yaml:"observe"`
	// MaxBody bounds a delivery in bytes, 5 MiB if not given.
	MaxBody int64 `yaml:"max_body"`
}

// connectorConfig is one outside system. Secrets come from a file or the environment, never from here; two
// may be valid at once while one is rotated: a line each in the file, or separated by a comma in the
// variable.
type connectorConfig struct {
	Name        string   `yaml:"name"`
	Kind        string   `yaml:"kind"`
	ExpectEvery duration `yaml:"expect_every"`
	SecretFile  string   `yaml:"secret_file"`
	SecretEnv   string   `yaml:"secret_env"`

	line int
}

// UnmarshalYAML keeps the connector's line for later complaints.
func (c *connectorConfig) UnmarshalYAML(n *yaml.Node) error {
	type plain connectorConfig
	for i := 0; i < len(n.Content); i += 2 {
		switch k := n.Content[i]; k.Value {
		case "name", "kind", "expect_every", "secret_file", "secret_env":
		default:
			return fmt.Errorf("line %d: field %s not found in connector", k.Line, k.Value)
		}
	}
	if err := n.Decode((*plain)(c)); err != nil {
		return err
	}
	c.line = n.Line
	return nil
}

type duration time.Duration

// UnmarshalYAML reads a Go duration.
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is not a duration such as 90s or 10m", n.Line, n.Value)
	}
	*d = duration(v)
	return nil
}

// maxConfig bounds the file in bytes.
const maxConfig = 1 << 20

// readConfig reads the file at path, or DIR/signalbox.yaml where that is there; without either every
// setting has its default.
func readConfig(path, dir string) (config, error) {
	if path == "" {
		path = filepath.Join(dir, "signalbox.yaml")
		if there, err := exists(path); err != nil || !there {
			return config{}, err
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return config{}, release.Errorf(release.NotFound, "the configuration %s cannot be read", path).Because(err)
	}
	if len(raw) > maxConfig {
		return config{}, release.Errorf(release.Usage, "%s is larger than 1 MiB", path)
	}
	c := config{path: path}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return config{}, release.Errorf(release.Usage, "%s: %s", path, release.Clean(strings.ReplaceAll(err.Error(), "main.", ""), 400)).
			Advise("correct the file; nothing was started")
	}
	return c, c.check()
}

func (c config) check() error {
	bad := func(line int, format string, args ...any) error {
		where := c.path
		if line > 0 {
			where = fmt.Sprintf("%s:%d", c.path, line)
		}
		return release.Errorf(release.Usage, "%s: %s", where, fmt.Sprintf(format, args...)).Advise("correct the file; nothing was started")
	}
	names := map[string]bool{}
	for _, e := range c.Environments {
		for _, n := range append([]string{e.Name}, e.Aliases...) {
			if n == "" || n != strings.ToLower(n) || names[n] {
				return bad(0, "the environment name %q is empty, not in lower case, or used twice", n)
			}
			names[n] = true
		}
	}
	if c.SSH.Profile != "" && c.SSH.Profile != "compat" && c.SSH.Profile != "strict" {
		return bad(0, "ssh.profile is compat or strict, not %q", c.SSH.Profile)
	}
	if c.HTTP.Observe != "" && c.HTTP.Observe != "loopback" && c.HTTP.Observe != "all" {
		return bad(0, "http.observe is loopback or all, not %q", c.HTTP.Observe)
	}
	seen := map[string]bool{}
	for _, k := range c.Connectors {
		switch {
		case k.Name == "" || seen[k.Name] || strings.Trim(k.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			return bad(k.line, "the connector name %q is empty, used twice, or not of a-z, 0-9 and dashes", k.Name)
		case k.Kind != "github":
			return bad(k.line, "connector %s: there is no kind %q; this build has github", k.Name, k.Kind)
		case k.SecretFile != "" && k.SecretEnv != "":
			return bad(k.line, "connector %s: give secret_file or secret_env, not both", k.Name)
		}
		seen[k.Name] = true
	}
	return nil
}

func (c config) environments() []catalog.Environment {
	if len(c.Environments) == 0 {
		return catalog.DefaultEnvironments()
	}
	return c.Environments
}

func (c config) bots() []string {
	out := make([]string, len(c.Bots))
	for i, b := range c.Bots {
		out[i] = strings.ToLower(b)
	}
	return out
}

// secrets reads a connector's secrets. None is no error: its hook then answers 404.
func (k connectorConfig) secrets() ([][]byte, error) {
	var text, sep string
	switch {
	case k.SecretFile != "":
		raw, err := os.ReadFile(k.SecretFile)
		if err != nil {
			return nil, release.Errorf(release.NotFound, "connector %s: its secret file cannot be read", k.Name).Because(err)
		}
		text, sep = string(raw), "\n"
	case k.SecretEnv != "":
		text, sep = os.Getenv(k.SecretEnv), ","
	}
	var out [][]byte
	for s := range strings.SplitSeq(text, sep) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, []byte(s))
		}
	}
	return out, nil
}

// feed is the row by which the connector is shown and judged.
func (k connectorConfig) feed() feed.Status {
	return feed.Status{Name: k.Name, Type: k.Kind, Kind: feed.Push, ExpectEvery: time.Duration(k.ExpectEvery)}
}

func (c config) sshLimits() sshserver.Limits {
	return sshserver.Limits{Idle: time.Duration(c.SSH.Idle), PerSource: c.SSH.PerAddress, Total: c.SSH.Total, Trusted: c.SSH.Trusted}
}

func (c config) httpLimits() httpserver.Limits { return httpserver.Limits{Body: c.HTTP.MaxBody} }

func (c config) observe() httpserver.Observe {
	return httpserver.Observe(cmp.Or(c.HTTP.Observe, string(httpserver.Loopback)))
}
