package settings_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"signalbox/cmd/signalbox/settings"
	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/feed"
)

var byValue = cmp.Options{cmpopts.IgnoreUnexported(settings.Config{}), cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}

func load(t *testing.T, name string) settings.Config {
	t.Helper()
	c, err := settings.Load(filepath.Join("testdata", "good", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, text string) settings.Config {
	t.Helper()
	c, err := settings.Parse("/etc/signalbox/signalbox.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The sentence of every bad file, to the letter: testdata/bad/NAME.txt stands beside NAME.yaml.
func TestRefusals(t *testing.T) {
	names, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(names) < 15 {
		t.Fatalf("%d bad files: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(name, ".yaml") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			_, err = settings.Parse(filepath.Base(name), data)
			if err == nil {
				t.Fatal("it is taken")
			}
			if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
				t.Error(diff)
			}
			if release.CodeOf(err) != release.Usage {
				t.Errorf("it is %s", release.CodeOf(err))
			}
			faults := settings.Faults(err)
			if lines := strings.Split(release.AsError(err).Message, "\n"); len(faults) == 0 || faults[0].String() != lines[0] {
				t.Errorf("the faults are %v", faults)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "T0SECRET") {
				t.Error("the refusal repeats a secret")
			}
		})
	}
}

func withTeamCap(c settings.Conflicts, n int) settings.Conflicts {
	c.TeamCap, c.Severity.TeamWIP, c.Rollback = n, "soft", 20*time.Minute
	return c
}

func TestEverything(t *testing.T) {
	c := load(t, "everything")
	p := netip.MustParsePrefix
	here := func(name string) string { return filepath.Join("testdata", "good", name) }
	if len(c.SSH.UserCA) != 1 || !strings.HasPrefix(c.SSH.UserCA[0], "ssh-ed25519 ") {
		t.Errorf("the authorities are %v", c.SSH.UserCA)
	}
	c.SSH.UserCA = nil
	labels := settings.Labels{Service: "service", Environment: "environment", Version: "version"}
	want := settings.Config{
		Path:         here("everything.yaml"),
		Organisation: settings.Organisation{Name: "Acme", Address: "signalbox.acme.example:2222", File: here("organisation.yaml")},
		Environments: []catalog.Environment{{Name: "production", Aliases: []string{"prod", "live"}, Gated: true}, {Name: "production-emea", Gated: true, Region: "emea"}, {Name: "staging"}},
		Bots:         []string{"dependabot", "renovate"},
		SSH: settings.SSH{Profile: "strict", Idle: 5 * time.Minute, PerAddress: 20, Total: 500, Trusted: []netip.Prefix{p("10.20.0.0/24"), p("2001:db8::/32")},
			UserCAFile: here("user_ca.pub"), UserCARevoked: "/etc/signalbox/revoked"},
		HTTP:      settings.HTTP{Observe: "all", MaxBody: 1 << 20, Proxies: []netip.Prefix{p("10.0.0.0/24")}, TLSCert: here("tls.crt"), TLSKey: here("tls.key")},
		Conflicts: withTeamCap(settings.Default().Conflicts, 3),
		Connectors: []settings.Connector{
			{Name: "acme-github", Kind: "github", ExpectEvery: 10 * time.Minute, SecretFile: here("secrets/github"), Map: map[string]string{"acme/shop": "checkout", "acme/pay": "payments"}},
			{Name: "acme-gitlab", Kind: "gitlab", ExpectEvery: 90 * time.Minute, SecretEnv: "ACME_GITLAB", Map: map[string]string{"group/sub/shop": "checkout"}},
			{Name: "alerts", Kind: "alertmanager", SecretEnv: "ACME_ALERTS", Labels: settings.Labels{Service: "app", Environment: "env"}},
			{Name: "events", Kind: "cdevents", SecretFile: here("secrets/cdevents"), Map: map[string]string{"/ci/shop": "checkout"}},
			{Name: "metrics", Kind: "prometheus", Interval: 30 * time.Second, URL: "http://10.1.2.3:9090/prometheus", User: "signalbox", SecretEnv: "ACME_PROMETHEUS",
				AllowNetworks: []netip.Prefix{p("10.0.0.0/8")}, Timeout: 5 * time.Second, Environment: "production",
				Labels: settings.Labels{Service: "app", Environment: "env", Version: "release"},
				Metrics: settings.Metrics{Requests: "http_server_requests_total", Latency: "http_server_duration_seconds", Errors: `status=~"5.."`,
					Selector: "job=\"shop\",\nregion!=\"test\"\n", Window: 10 * time.Minute},
				Queries: settings.Queries{Rate: "sum by (app, env, release) (app:requests:rate5m)",
					Errors: "sum by (app, env, release) (app:errors:rate5m)\n  / sum by (app, env, release) (app:requests:rate5m)\n", P50: "app:latency:p50", P95: "app:latency:p95", P99: "app:latency:p99"}},
			{Name: "freezes", Kind: "icalendar", URL: "https://calendar.acme.example/private-0123456789/freezes.ics?x=1", Interval: time.Hour, Timeout: 10 * time.Second,
				As: calendar.FreezePeriod, Scope: "environment:production,unit:payments", Freeze: calendar.HardFreeze, Zone: "Europe/London"},
			{Name: "holidays", Kind: "icalendar", Path: "/srv/holidays.ics", Interval: 15 * time.Minute, Timeout: 10 * time.Second},
			{Name: "team", Kind: "icalendar", URL: "webcal://10.1.2.3/team", CalDAV: true, SecretEnv: "TEAM", Interval: 15 * time.Minute, Timeout: 10 * time.Second},
			{Name: "catalog", Kind: "backstage", URL: "ssh://git@git.acme.example/platform/catalog.git", Branch: "release/2026", SecretFile: here("secrets/git"),
				Interval: 5 * time.Minute, Timeout: time.Minute},
			{Name: "catalog-local", Kind: "backstage", Path: here("catalog"), Interval: 5 * time.Minute, Timeout: time.Minute},
			{Name: "people", Kind: "csv", What: "people", Path: here("people.csv"), Interval: 5 * time.Minute, Timeout: 10 * time.Second},
			{Name: "windows", Kind: "csv", What: "windows", URL: "https://intranet.acme.example/windows.csv", Interval: 2 * time.Minute, Timeout: 10 * time.Second},
			{Name: "acme", Kind: "organisation", URL: "https://intranet.acme.example/organisation.yaml", Interval: 5 * time.Minute, Timeout: 10 * time.Second},
			{Name: "chat", Kind: "webhook", URL: "https://hooks.acme.example/T0123/B4567", SecretFile: here("secrets/chat"), Headers: map[string]string{"X-Team": "release"},
				Events: []string{"change.request", "approve", "reject", "freeze declare"}, Scope: "unit:payments", Timeout: 3 * time.Second},
			{Name: "mail", Kind: "smtp", URL: "smtp+starttls://mail.acme.example", User: "signalbox", SecretFile: here("secrets/mail"), Timeout: time.Minute,
				From: "Signalbox <signalbox@acme.example>", To: []string{"releases@acme.example", "Duty <duty@acme.example>"}, StartTLS: "required"},
		},
	}
	if diff := cmp.Diff(want, c, byValue); diff != "" {
		t.Error(diff)
	}
	if got := parse(t, "connectors: [{name: m, kind: prometheus, url: https://p.acme.example}]").Connectors[0]; got.Labels != labels || got.Interval != 15*time.Second || got.Metrics != (settings.Metrics{
		Requests: "http_requests_total", Latency: "http_request_duration_seconds", Errors: `code=~"5.."`, Window: 5 * time.Minute}) {
		t.Errorf("a monitor is by default %+v", got)
	}
	if got := parse(t, "connectors: [{name: w, kind: webhook, url: https://w.acme.example, secret_env: W}]").Connectors[0]; !got.Deduplicates {
		t.Error("a webhook does not deduplicate by default")
	}
}

func TestDefaults(t *testing.T) {
	want := settings.Config{Environments: catalog.DefaultEnvironments(),
		SSH:  settings.SSH{Profile: "compat", Idle: 10 * time.Minute, PerAddress: 50, Total: 2000},
		HTTP: settings.HTTP{Observe: "loopback", MaxBody: 4 << 20}, Conflicts: settings.Default().Conflicts} // which TestConflictRules reads
	if diff := cmp.Diff(want, settings.Default(), byValue); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"empty", "commented-out"} {
		want.Path = filepath.Join("testdata", "good", name+".yaml")
		if diff := cmp.Diff(want, load(t, name), byValue); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnchorsAreWrittenOut(t *testing.T) {
	c := load(t, "anchors")
	slugs := map[string]string{"acme/shop": "checkout"}
	want := []settings.Connector{
		{Name: "shop", Kind: "github", ExpectEvery: 10 * time.Minute, SecretEnv: "SHOP", Map: slugs},
		{Name: "pay", Kind: "github", ExpectEvery: 10 * time.Minute, SecretEnv: "PAY", Map: slugs},
		{Name: "labs", Kind: "gitlab", Map: slugs},
	}
	if diff := cmp.Diff(want, c.Connectors, byValue); diff != "" {
		t.Error(diff)
	}
}

func TestLoadRefusesWhatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "the configuration " + filepath.Join(dir, "none.yaml") + " cannot be read; check that it is there and that signalbox may read it",
		dir:                             "the configuration " + dir + " cannot be read; check that it is a file",
	} {
		if _, err := settings.Load(path); err == nil || err.Error() != want || release.CodeOf(err) != release.NotFound {
			t.Errorf("%s: %v", path, err)
		}
	}
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("# long\n", 200_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	want := large + ":1:1: the file has 1048577 bytes; at most 1048576 are read; a configuration needs far less; correct the file; nothing was started"
	if _, err := settings.Load(large); err == nil || err.Error() != want {
		t.Errorf("a large file: %v", err)
	}
}

func TestFeedAndDirection(t *testing.T) {
	c := load(t, "everything")
	got := map[string]feed.Status{}
	for _, k := range c.Connectors {
		got[k.Name] = k.Feed()
	}
	for name, want := range map[string]feed.Status{
		"acme-github": {Name: "acme-github", Type: "github", Kind: feed.Push, ExpectEvery: 10 * time.Minute},
		"alerts":      {Name: "alerts", Type: "alertmanager", Kind: feed.Push},
		"metrics":     {Name: "metrics", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 30 * time.Second},
		"mail":        {Name: "mail", Type: "smtp", Kind: feed.Out},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if o := c.Connectors[4].Outbound(); o.Timeout != 5*time.Second || len(o.Allow) != 1 || o.Check(netip.MustParseAddr("10.9.9.9")) != nil {
		t.Errorf("the monitor may go %+v", o)
	}
}

func TestFaultsOfTheCaller(t *testing.T) {
	c := load(t, "everything")
	known := []string{"change.request", "approve", "reject", "freeze declare", "freeze lift"}
	if err := c.CheckEvents(known); err != nil {
		t.Errorf("known events: %v", err)
	}
	path := c.Path
	err := c.CheckEvents([]string{"change.request", "approve", "freeze declared"})
	want := path + ":121:39: connectors[13].events[2]: \"reject\" is no event; docs/CONFIGURATION.md lists the events\n" +
		path + ":121:47: connectors[13].events[3]: \"freeze declare\" is no event; did you mean freeze declared?\n" +
		path + " has 2 faults; correct the file; nothing was started"
	if err == nil || err.Error() != want {
		t.Errorf("unknown events: %v\nwant %s", err, want)
	}
	// A key that is not in the file is placed at what would hold it.
	want = path + ":35:5: connectors[0].interval: x; y; correct the file; nothing was started"
	if err := c.Refuse(c.Fault("connectors[0].interval", "x", "y")); err.Error() != want || release.CodeOf(err) != release.Usage {
		t.Errorf("a fault of the caller: %v", err)
	}
	if err := settings.Default().Refuse(settings.Default().Fault("", "it is no good", "")); err.Error() != "the configuration: it is no good; correct the file; nothing was started" {
		t.Errorf("a fault without a place: %v", err)
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one", "  hunter2 \n")
	write("two", "new\r\n\r\nold\n")
	write("three", "hunter2\nb\nc\n")
	write("none", "\n\n")
	write("large", strings.Repeat("x", 64<<10+1))
	env := func(name string) string {
		return map[string]string{"ONE": "hunter2", "TWO": "new, old", "THREE": "a,hunter2,c"}[name]
	}
	for key, want := range map[string][]string{
		"":                                      {},
		"secret_file: one":                      {"hunter2"},
		"secret_file: " + dir + "/two":          {"new", "old"},
		"secret_file: none":                     {},
		"secret_env: ONE":                       {"hunter2"},
		"secret_env: TWO":                       {"new", "old"},
		"secret_env: UNSET":                     {},
		"secret_file: three":                    {"connector a: the file " + dir + "/three holds 3 secrets; keep one, or two while one replaces the other"},
		"secret_env: THREE":                     {"connector a: the variable THREE holds 3 secrets; keep one, or two while one replaces the other"},
		"secret_file: gone":                     {"connector a: its secret file " + dir + "/gone cannot be read; put the secret there and let only signalbox's own user read it"},
		"secret_file: large":                    {"connector a: its secret file " + dir + "/large is larger than 64 KiB; put the secret alone on one line"},
		"secret_file: ../" + base(dir) + "/one": {"hunter2"},
	} {
		c, err := settings.Parse(filepath.Join(dir, "signalbox.yaml"), []byte("connectors:\n- name: a\n  kind: github\n  "+key+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		secrets, err := c.Connectors[0].Secrets(env)
		got := []string{}
		for _, s := range secrets {
			got = append(got, string(s))
		}
		if err != nil {
			got = []string{err.Error()}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the error repeats the secret", key)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func base(path string) string { return filepath.Base(path) }

func TestWarnings(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"private": 0o600, "open": 0o644, "tls.crt": 0o644, "tls.key": 0o640} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "signalbox.yaml")
	warnings := func(text string) []string {
		c, err := settings.Parse(file, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, w := range c.Warnings(func(name string) string { return map[string]string{"SET": "x", "BLANK": " , "}[name] }) {
			out = append(out, strings.ReplaceAll(w.String(), dir, "DIR"))
		}
		return out
	}
	none := warnings(`
connectors:
- {name: a, kind: github, secret_file: private}
- {name: b, kind: gitlab, secret_env: SET}
- {name: c, kind: prometheus, url: "http://127.0.0.1:9090", secret_env: SET}
- {name: d, kind: prometheus, url: "http://10.1.2.3:9090", allow_networks: [10.0.0.0/8]}
- {name: e, kind: icalendar, path: tls.crt}
`)
	if len(none) > 0 {
		t.Errorf("a sound configuration is warned of: %q", none)
	}
	if got, want := warnings(""), []string{"DIR/signalbox.yaml: connectors: there is no connector: nothing outside is heard; list what tells of deployments under connectors"}; !slices.Equal(got, want) {
		t.Errorf("an empty one: %q", got)
	}
	got := warnings(`organisation: {file: organisation.yaml}
environments: [{name: staging}]
ssh: {trusted: [0.0.0.0/0, 10.0.0.1/8]}
http: {tls_cert: tls.crt, tls_key: tls.key, max_body: 9000000, proxies: ["::/0"]}
connectors:
- {name: a, kind: github}
- {name: b, kind: github, secret_file: open}
- {name: c, kind: github, secret_file: gone}
- {name: d, kind: github, secret_env: BLANK}
- {name: e, kind: prometheus, url: "http://prometheus.acme.example", secret_env: SET}
- {name: f, kind: csv, what: services, url: "http://intranet.acme.example/x.csv"}
- {name: g, kind: csv, what: services, path: x.csv}
- {name: h, kind: smtp, url: "smtp://mail.acme.example", from: a@b, to: [c@d], starttls: none}
`)
	want := []string{
		"DIR/signalbox.yaml:1:22: organisation.file: DIR/organisation.yaml is not there or cannot be looked at; put it there, or correct the path",
		"DIR/signalbox.yaml:2:15: environments: no environment is gated: every change passes; write gated: true for production",
		"DIR/signalbox.yaml:3:17: ssh.trusted[0]: 0.0.0.0/0 is every address: the limits of one address bind nobody; list the networks that are meant",
		"DIR/signalbox.yaml:3:28: ssh.trusted[1]: 10.0.0.1/8 is taken as the network 10.0.0.0/8; write 10.0.0.0/8, or 10.0.0.1/32 for the one address",
		"DIR/signalbox.yaml:4:36: http.tls_key: DIR/tls.key can be read or changed by others than its owner (mode 0640); chmod 600 DIR/tls.key",
		"DIR/signalbox.yaml:4:55: http.max_body: no connector reads more than 4194304 bytes; leave it out",
		"DIR/signalbox.yaml:4:74: http.proxies[0]: ::/0 is every address: anybody can say to be anybody by X-Forwarded-For; list the networks that are meant",
		"DIR/signalbox.yaml:6:3: connectors[0]: a has no secret: its hook answers 404; give it secret_file or secret_env",
		"DIR/signalbox.yaml:7:40: connectors[1].secret_file: DIR/open can be read or changed by others than its owner (mode 0644); chmod 600 DIR/open",
		"DIR/signalbox.yaml:8:40: connectors[2].secret_file: DIR/gone is not there or cannot be looked at; put it there, or correct the path",
		"DIR/signalbox.yaml:9:39: connectors[3].secret_env: the environment variable BLANK is empty or not set; set it where signalbox is started",
		"DIR/signalbox.yaml:10:36: connectors[4].url: it is not https: whoever is on the way reads the secret; use https",
		"DIR/signalbox.yaml:11:45: connectors[5].url: it is not https: whoever is on the way can change what is read; use https",
		"DIR/signalbox.yaml:12:46: connectors[6].path: DIR/x.csv is not there or cannot be looked at; put it there, or correct the path",
		"DIR/signalbox.yaml:13:90: connectors[7].starttls: the mails can be read on the way; write required",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiff(t *testing.T) {
	old := parse(t, `
bots: [renovate]
ssh: {idle: 5m}
connectors:
- {name: a, kind: github, secret_env: A, map: {x/y: z}}
- {name: b, kind: prometheus, url: "https://prometheus.acme.example/hunter2"}
- {name: c, kind: csv, what: people, path: c.csv}
- {name: d, kind: github}
`)
	if d := settings.Diff(old, old); !d.Empty() || len(d.Keys) > 0 {
		t.Errorf("no difference reads %+v", d)
	}
	now := parse(t, `
organisation: {name: Acme}
environments: [{name: production, gated: true}]
bots: []
ssh: {profile: strict, idle: 5m, user_ca_file: ca.pub}
http: {observe: all}
connectors:
- {name: e, kind: smtp, url: "smtps://mail.acme.example", from: a@b, to: [c@d]}
- {name: d, kind: gitlab}
- {name: b, kind: prometheus, url: "https://prometheus.acme.example/hunter3", interval: 30s}
- {name: a, kind: github, secret_env: A, map: {x/y: z}}
`)
	want := settings.Changes{
		Added: []string{"d", "e"}, Removed: []string{"c", "d"}, Changed: []string{"b"},
		Keys: []string{"organisation.name", "environments", "bots", "ssh.profile", "ssh.user_ca_file", "http.observe"},
		Apply: []string{"bots changed", "connector b: interval, url changed", "connector c (csv) is gone", "connector d (github) is gone", "connector d (gitlab) is new",
			"connector e (smtp) is new", "environments changed", "organisation.name changed", "ssh.user_ca_file changed"},
		Restart: []string{"ssh.profile changed; it holds from the next start of signalbox on", "http.observe changed; it holds from the next start of signalbox on"},
	}
	if diff := cmp.Diff(want, settings.Diff(old, now)); diff != "" {
		t.Error(diff)
	}
	// Left out and written out as the default is the same.
	if d := settings.Diff(settings.Default(), parse(t, "bots:\nssh: {profile: compat, idle: 10m, trusted: []}\n")); !d.Empty() {
		t.Errorf("defaults written out read %+v", d)
	}
}

// The document names every key that the schema has.
func TestMarkdownNamesEveryKind(t *testing.T) {
	doc := string(settings.Markdown())
	for _, want := range append(settings.Kinds(), "| `ssh.profile` ↻ |", "| `organisation.address` |", "| `metrics.window` |", "Exactly one of `url` or `path` is given.",
		"`tls_cert` needs `tls_key`", "| `interval` | How often it is read; that is also the feed's promise | a duration from 1s to 24h | `15m` |") {
		if !strings.Contains(doc, want) {
			t.Errorf("the document lacks %q", want)
		}
	}
}
