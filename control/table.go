package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	profiles "signalbox/release/profile"
	"signalbox/release/verb"
)

var (
	message   = verb.Flag{Name: "message", Short: "m", Kind: verb.String, Help: "why, in your own words"}
	changeArg = verb.Arg{Name: "CHANGE", Help: "its id: CHG-12, chg12 or 12"}
	personArg = verb.Arg{Name: "PERSON", Help: "the person's id"}
	revision  = verb.Flag{Name: "revision", Kind: verb.Int, Help: "act only if the change is still at this revision"}
)

// table declares every verb, once. Order is the order of help.
func (c *Control) table() verb.Table {
	return verb.Table{
		{Name: "queue", Alias: "q", Hint: "queue", Short: "list the changes that wait for a decision", Example: "queue --mine",
			Flags:      []verb.Flag{{Name: "mine", Kind: verb.Bool, Help: "only those that you can decide on"}},
			Permission: access.Read, Danger: verb.Look, Run: c.queueVerb},
		{Name: "board", Alias: "wall", Hint: "board", Short: "show what needs somebody now, worst first, and how the estate stands; with a terminal (ssh -t) its screen", Example: "board",
			Permission: access.Read, Danger: verb.Look, Run: c.boardVerb},
		{Name: "approve", Key: "A", Hint: "approve", Short: "approve a change", Views: []string{"queue", "change", "board"},
			Long: "Approves the change as it is now: service, environment, version, digest and risk band. Give a reason in your own words " +
				"(15 characters or more), or one of the reasons that the change offers. At High risk and above your own words are needed.",
			Example: `approve CHG-12 -m "reviewed, rollback is rehearsed"`, Args: []verb.Arg{changeArg},
			Flags: []verb.Flag{message, {Name: "reason", Kind: verb.String, Help: "a ready reason", Values: []string{"reviewed", "reviewed-merged", "reviewed-evidence"}},
				revision}, Permission: access.Approve, Danger: verb.Light, Run: seenRevision(c.approve)},
		{Name: "reject", Key: "R", Hint: "reject", Short: "reject a change; its author may submit it again", Views: []string{"queue", "change", "board"},
			Example: `reject CHG-12 -m "no rollback evidence"`, Args: []verb.Arg{changeArg}, Flags: []verb.Flag{message, revision},
			Permission: access.Approve, Danger: verb.Full, Run: seenRevision(c.reject)},
		{Name: "question", Key: "Q", Hint: "question", Short: "ask the author of a change", Views: []string{"queue", "change", "board"},
			Example: `question CHG-12 -m "is the flag off by default?"`, Args: []verb.Arg{changeArg}, Flags: []verb.Flag{message},
			Permission: access.Approve, Danger: verb.Light, Run: c.question},
		{Name: "undo", Key: "U", Hint: "undo", Short: "take your own decision back, within 5 minutes", Views: []string{"queue", "change", "board"},
			Example: "undo CHG-12", Args: []verb.Arg{changeArg}, Permission: access.Approve, Danger: verb.Free, Run: c.undo},
		{Name: "gate", Hint: "gate", Short: "may this digest go in now? exit 0 yes, 10 no, 20 needs approval, 30 unknown",
			Example: "gate --service checkout --environment production --digest sha256:…",
			Args:    []verb.Arg{{Name: "CHANGE", Help: "its id, in place of the flags", Optional: true}},
			Flags: []verb.Flag{{Name: "service", Kind: verb.String, Help: "id of the service"}, {Name: "environment", Kind: verb.String, Help: "name or alias"},
				{Name: "digest", Kind: verb.String, Help: "sha256:… or git:…"}, {Name: "version", Kind: verb.String, Help: "what people call it"},
				{Name: "at", Kind: verb.Time, Help: "judge at this instant, not now"}},
			Permission: access.AskGate, Danger: verb.Look, Run: c.gateVerb},
		{Name: "change draft", Short: "write a change that asks for nothing yet", Example: "change draft --service checkout --environment prod --version 1.4.0 --digest sha256:…",
			Flags: []verb.Flag{{Name: "service", Kind: verb.String, Help: "id of the service", Required: true},
				{Name: "environment", Kind: verb.String, Help: "name or alias", Required: true}, {Name: "digest", Kind: verb.String, Help: "sha256:… or git:…", Required: true},
				{Name: "version", Kind: verb.String, Help: "what people call it", Required: true}, {Name: "title", Kind: verb.String, Help: "what it does, in a line"},
				{Name: "commit", Kind: verb.String, Help: "the commit it is built from"},
				{Name: "from", Kind: verb.Time, Help: "when its implementation begins"}, {Name: "for", Kind: verb.Duration, Help: "how long it takes; 1h if not given"},
				{Name: "prep", Kind: verb.Duration, Help: "how long before it the service is occupied"}, {Name: "verify", Kind: verb.Duration, Help: "how long after it, until somebody has seen that it works"},
				{Name: "kind", Kind: verb.String, Help: "normal or emergency", Values: []string{string(change.Normal), string(change.Emergency)}}},
			Permission: access.Draft, Danger: verb.Light, Run: c.draft},
		{Name: "change submit", Short: "ask for approval of your draft", Example: "change submit CHG-12", Args: []verb.Arg{changeArg}, Flags: []verb.Flag{revision},
			Permission: access.Submit, Danger: verb.Light, Run: seenRevision(c.submit)},
		{Name: "change withdraw", Short: "cancel your own change", Example: "change withdraw CHG-12", Args: []verb.Arg{changeArg}, Flags: []verb.Flag{message, revision},
			Permission: access.Withdraw, Danger: verb.Light, Run: seenRevision(c.withdraw)},
		{Name: "change list", Short: "list all changes, newest first", Example: "change list --limit 20",
			Flags:      []verb.Flag{{Name: "limit", Kind: verb.Int, Help: "how many, 50 if not given"}, {Name: "after", Kind: verb.String, Help: "go on after this change"}},
			Permission: access.Read, Danger: verb.Look, Run: c.listChanges},
		{Name: "change show", Short: "show a change with its evidence, decisions and gate", Example: "change show CHG-12", Args: []verb.Arg{changeArg},
			Permission: access.Read, Danger: verb.Look, Run: c.showChange},
		{Name: "move", Key: "M", Hint: "move", Views: []string{"conflicts"}, Short: "give a change a time, or another one; its approval stays", Example: "move CHG-12 --to +2h --for 45m",
			Long: "With the id of a conflict it moves the change that should yield; --revision is then that of the conflict.",
			Args: []verb.Arg{{Name: "CHANGE", Help: "its id: CHG-12, chg12 or 12; or that of a conflict, whose change it is then"}},
			Flags: []verb.Flag{{Name: "to", Kind: verb.Time, Help: "when its implementation begins"}, {Name: "for", Kind: verb.Duration, Help: "how long it takes; as before, or 1h, if not given"},
				{Name: "slot", Kind: verb.Int, Help: "in place of --to, a number of slots CHANGE"}, {Name: "prep", Kind: verb.Duration, Help: "how long before it the service is occupied"},
				{Name: "verify", Kind: verb.Duration, Help: "how long after it, until somebody has seen that it works"},
				{Name: "what-if", Kind: verb.Bool, Help: "say what conflicts would be there; change nothing"}, message, revision},
			Permission: access.Move, Danger: verb.Light, Run: seenRevision(c.move)},
		{Name: "slots", Short: "list the best times for a change within 90 days, or what blocks all of them", Example: "slots CHG-12",
			Args: []verb.Arg{{Name: "CHANGE", Help: "its id, or that of a conflict"}}, Permission: access.Read, Danger: verb.Look, Run: c.slots},
		{Name: "conflicts", Short: "list the conflicts of the calendar, worst first, or show one with the ways out of it; with a terminal (ssh -t) their screen", Example: "conflicts CX-3",
			Args: []verb.Arg{{Name: "CONFLICT", Help: "only this one: CX-3, cx3 or 3", Optional: true}}, Permission: access.Read, Danger: verb.Look, Run: c.conflictsVerb},
		{Name: "waive", Key: "W", Hint: "waive", Views: []string{"conflicts"}, Short: "let a change in although a conflict stands", Example: `waive CX-3 --until +6h -m "both teams sit together, we watch it"`,
			Long: "A soft conflict is waived by one person, a hard one by two: the second says waive within 15 minutes. Who had a hand in the change cannot. Freezes are lifted, not waived. " +
				"The reason has 20 characters or more, that of a hard one 30.",
			Args: []verb.Arg{{Name: "CONFLICT", Help: "its id: CX-3, cx3 or 3"}}, Flags: []verb.Flag{{Name: "until", Kind: verb.Time, Help: "when the waiver ends; a day after the conflict begins, if not given"}, message, revision},
			Permission: access.Waive, Danger: verb.Full, Run: seenRevision(c.waive)},
		{Name: "escalate", Key: "E", Hint: "escalate", Views: []string{"conflicts"}, Short: "ask the next on a conflict's path now", Example: "escalate CX-3", Args: []verb.Arg{{Name: "CONFLICT", Help: "its id: CX-3, cx3 or 3"}},
			Flags: []verb.Flag{message, revision}, Permission: access.Escalate, Danger: verb.Light, Run: seenRevision(c.escalate)},
		{Name: "answer", Key: "E", Hint: "answer", Views: []string{"conflicts"}, Short: "say that you are on it: nobody else is asked", Example: "answer CX-3", Args: []verb.Arg{{Name: "CONFLICT", Help: "its id: CX-3, cx3 or 3"}},
			Flags: []verb.Flag{revision}, Permission: access.Escalate, Danger: verb.Light, Run: seenRevision(c.answer)},
		{Name: "go", Short: "show the thing with an id; with a terminal (ssh -t) its screen", Example: "go CHG-12",
			Args:       []verb.Arg{{Name: "ID", Help: "an id: CHG-12, chg12 or 12; RO-3 or ro3; CX-3 of a conflict, FRZ-1 of a freeze, DL-1 of a dead letter, OUT-1 of a message"}},
			Permission: access.Read, Danger: verb.Look, Run: c.goVerb},
		{Name: "rollout list", Short: "list what goes into the environments: under way, waiting to go, done today; worst first", Example: "rollout list",
			Permission: access.Read, Danger: verb.Look, Run: c.rolloutList},
		{Name: "rollout show", Short: "show a rollout: its share, its change, and both versions side by side", Example: "rollout show RO-3",
			Args: []verb.Arg{{Name: "ROLLOUT", Help: "its id: RO-3, ro3 or 3"}}, Permission: access.Read, Danger: verb.Look, Run: c.rolloutShow},
		{Name: "freeze declare", Short: "bar changes within a scope for a time", Example: `freeze declare --kind hard --scope region:emea --for 2d -m "peak retail weekend"`,
			Long: "SCOPE is org, or terms DIMENSION:VALUE joined by commas: unit, team, service, environment, region, tag. Terms of one dimension widen, of different dimensions narrow. " +
				"Times are RFC 3339, now, or +2h.",
			Flags: []verb.Flag{{Name: "kind", Kind: verb.String, Help: "hard bars everything; soft lets emergency changes through", Required: true, Values: []string{"hard", "soft"}},
				{Name: "scope", Kind: verb.String, Help: "where it holds", Required: true}, {Name: "from", Kind: verb.Time, Help: "when it begins; now if not given"},
				{Name: "to", Kind: verb.Time, Help: "when it ends"}, {Name: "for", Kind: verb.Duration, Help: "how long it holds, in place of --to"}, message},
			Permission: access.Freeze, Danger: verb.Light, Run: c.freezeDeclare},
		{Name: "freeze lift", Key: "Z", Hint: "lift freeze", Views: []string{"calendar"}, Short: "end a freeze before its time", Example: `freeze lift FRZ-1 -m "vendor fixed it early"`,
			Args: []verb.Arg{{Name: "FREEZE", Help: "its id"}}, Flags: []verb.Flag{message}, Permission: access.Freeze, Danger: verb.Full, Run: c.freezeLift},
		{Name: "freeze list", Short: "list freezes in force and to come", Example: "freeze list", Permission: access.Read, Danger: verb.Look, Run: c.freezeList},
		{Name: "audit show", Short: "show the newest entries of the audit log", Example: "audit show CHG-12",
			Args:  []verb.Arg{{Name: "SUBJECT", Help: "only entries of this change, freeze or person", Optional: true}},
			Flags: []verb.Flag{{Name: "limit", Kind: verb.Int, Help: "how many, 50 if not given"}}, Permission: access.ReadAudit, Danger: verb.Look, Run: c.auditShow},
		{Name: "audit verify", Short: "check every entry, the tree and every checkpoint", Example: "audit verify", Permission: access.VerifyAudit, Danger: verb.Look, Run: c.auditVerify},
		{Name: "audit export", Short: "write the sealed entries, one canonical JSON a line", Example: "audit export --after 1000",
			Flags: []verb.Flag{{Name: "after", Kind: verb.Int, Help: "only entries after this one"}}, Permission: access.ReadAudit, Danger: verb.Look, Run: c.auditExport},
		{Name: "person add", Short: "add a person", Example: `person add j.ruiz --name "J. Ruiz" --role approver --scope unit:payments --link github:jruiz --key "ssh-ed25519 AAAA…"`,
			Args: []verb.Arg{personArg},
			Flags: []verb.Flag{{Name: "name", Kind: verb.String, Help: "full name"}, {Name: "email", Kind: verb.String, Help: "address; commits by it are this person's"},
				{Name: "zone", Kind: verb.String, Help: "IANA time zone"}, {Name: "role", Kind: verb.Strings, Help: "role to grant", Values: roleWords()},
				{Name: "scope", Kind: verb.String, Help: "where the roles hold; org if not given"}, {Name: "until", Kind: verb.Time, Help: "when the roles end"},
				{Name: "link", Kind: verb.Strings, Help: "outside login, SYSTEM:LOGIN"}, {Name: "key", Kind: verb.Strings, Help: "public key line, or its file on the command line", File: true}},
			Permission: access.People, Danger: verb.Light, Run: c.personAdd},
		{Name: "person list", Short: "list people with grants, keys and logins", Example: "person list", Permission: access.People, Danger: verb.Look, Run: c.personList},
		{Name: "person edit", Short: "change a person's name, address or zone", Example: "person edit j.ruiz --zone Europe/Madrid", Args: []verb.Arg{personArg},
			Flags: []verb.Flag{{Name: "name", Kind: verb.String, Help: "full name"}, {Name: "email", Kind: verb.String, Help: "address; commits by it are this person's"},
				{Name: "zone", Kind: verb.String, Help: "IANA time zone"}}, Permission: access.People, Danger: verb.Light, Run: c.personEdit},
		{Name: "person key", Short: "add or remove a public key", Example: `person key j.ruiz "ssh-ed25519 AAAA…"`,
			Args:       []verb.Arg{personArg, {Name: "KEY", Help: "public key line, or its file on the command line", Optional: true, File: true}},
			Flags:      []verb.Flag{{Name: "remove", Kind: verb.String, Help: "fingerprint of the key to remove"}},
			Permission: access.People, Danger: verb.Light, Run: c.personKey},
		{Name: "person link", Short: "say that an outside login is this person", Example: "person link j.ruiz github:jruiz",
			Args:  []verb.Arg{personArg, {Name: "LOGIN", Help: "SYSTEM:LOGIN, SYSTEM one of github, gitlab, email, os"}},
			Flags: []verb.Flag{{Name: "remove", Kind: verb.Bool, Help: "unlink it"}}, Permission: access.People, Danger: verb.Light, Run: c.personLink},
		{Name: "person grant", Short: "grant or remove a role", Example: "person grant j.ruiz approver --scope unit:payments --until 2027-01-01T00:00:00Z",
			Args: []verb.Arg{personArg, {Name: "ROLE", Help: "the role", Values: roleWords()}},
			Flags: []verb.Flag{{Name: "scope", Kind: verb.String, Help: "where it holds; org if not given"}, {Name: "until", Kind: verb.Time, Help: "when it ends"},
				{Name: "remove", Kind: verb.Bool, Help: "remove it"}}, Permission: access.People, Danger: verb.Light, Run: c.personGrant},
		{Name: "person disable", Short: "shut a person out at once; --enable lets back in", Example: "person disable j.ruiz", Args: []verb.Arg{personArg},
			Flags: []verb.Flag{{Name: "enable", Kind: verb.Bool, Help: "let back in"}}, Permission: access.People, Danger: verb.Full, Run: c.personDisable},
		{Name: "token add", Short: "make a token for a machine", Example: "token add ci --scope gate", Args: []verb.Arg{{Name: "NAME", Help: "what to call it"}},
			Flags:      []verb.Flag{{Name: "scope", Kind: verb.String, Help: "what it is for", Required: true, Values: TokenScopes}},
			Permission: access.Tokens, Danger: verb.Light, Run: c.tokenAdd},
		{Name: "token list", Short: "list tokens", Example: "token list", Permission: access.Tokens, Danger: verb.Look, Run: c.tokenList},
		{Name: "token revoke", Short: "shut a token out at once", Example: "token revoke ci", Args: []verb.Arg{{Name: "NAME", Help: "its name"}},
			Permission: access.Tokens, Danger: verb.Full, Run: c.tokenRevoke},
		{Name: "feeds", Short: "list the feeds, worst first, with what rests on each; with a terminal (ssh -t) their screen", Example: "feeds",
			Args: []verb.Arg{{Name: "NAME", Help: "only this feed", Optional: true}}, Permission: access.Read, Danger: verb.Look, Run: c.feedsVerb},
		{Name: "feeds log", Short: "show a feed's log, or a dead letter or message as it is", Example: "feeds log github",
			Args: []verb.Arg{{Name: "NAME", Help: "a feed's name, or an id such as DL-1 or OUT-1"}}, Permission: access.Read, Danger: verb.Look, Run: c.feedsLog},
		{Name: "feeds retry", Key: "r", Hint: "retry", Short: "read a feed now, or try a dead letter or message again", Example: "feeds retry prometheus",
			Args: []verb.Arg{{Name: "NAME", Help: "a feed's name, or an id such as DL-1 or OUT-1"}}, Permission: access.RetryFeed, Danger: verb.Free, Views: []string{"feeds", "board"}, Run: c.feedsRetry},
		{Name: "feeds drop", Key: "D", Hint: "drop dead letter", Short: "give up a dead letter or a message", Example: `feeds drop DL-1 -m "the sender was corrected and delivered it again"`,
			Args: []verb.Arg{{Name: "ID", Help: "DL-1 or OUT-1"}}, Flags: []verb.Flag{{Name: "code", Kind: verb.String, Help: "a ready reason", Values: dropCodes()}, message},
			Permission: access.Connectors, Danger: verb.Light, Views: []string{"feeds", "board"}, Run: c.feedsDrop},
		{Name: "connector test", Key: "T", Hint: "test", Short: "talk with the other side once and show what came; nothing is stored", Example: "connector test prometheus",
			Args: []verb.Arg{{Name: "NAME", Help: "the connector's name"}}, Permission: access.RetryFeed, Danger: verb.Look, Views: []string{"feeds"}, Run: c.connectorTest},
		{Name: "health", Short: "list objectives with their error budgets and burn, worst first, then services without one; with a terminal (ssh -t) their screen", Example: "health checkout-web",
			Long: "Burn is how many times faster than the objective allows its error budget is spent. PAGE: above 14.4 times on 1h and 5m together; TKT: above 6 on 6h and 30m, 3 on 24h and 2h, or 1 on 3d and 6h " +
				"(an objective over 30 days; Google SRE workbook, chapter 5). At least 10 requests must have failed in the shorter one. What samples cover less than half of is unknown, and unknown is never GO.",
			Args: []verb.Arg{{Name: "SERVICE", Help: "only this service, with its versions, alerts and rollouts", Optional: true}}, Permission: access.Read, Danger: verb.Look, Run: c.healthVerb},
		{Name: "calendar list", Short: "list freezes, changes and the entries of outside calendars; with a terminal (ssh -t) their screen", Example: "calendar list --to +30d",
			Flags:      []verb.Flag{{Name: "from", Kind: verb.Time, Help: "from when; now if not given"}, {Name: "to", Kind: verb.Time, Help: "until when; 14 days later if not given"}},
			Permission: access.Read, Danger: verb.Look, Run: c.calendarList},
		{Name: "service list", Short: "list the services of the catalog", Example: "service list", Permission: access.Read, Danger: verb.Look, Run: c.serviceList},
		{Name: "service show", Short: "show a service, what it needs, and how it is", Example: "service show checkout", Args: []verb.Arg{{Name: "SERVICE", Help: "its id"}},
			Flags:      []verb.Flag{{Name: "environment", Kind: verb.String, Help: "production if not given"}},
			Permission: access.Read, Danger: verb.Look, Run: c.serviceShow},
		{Name: "service graph", Alias: "graph", Short: "show what a service calls, what calls it, and what is down when it is; with a terminal (ssh -t) its screen",
			Long: "The blast radius is everything that reaches the service over hard edges: it is down with it. A single point of failure is a node without which a journey fails: " +
				"every hard path from an entry (a service that faces customers; where none is marked, one that nobody calls) to something below it leads through the node, " +
				"and the node is not known to run in two regions. Soft and asynchronous edges carry no failure.",
			Example: "service graph checkout --depth 3", Args: []verb.Arg{{Name: "SERVICE", Help: "its id"}},
			Flags:      []verb.Flag{{Name: "depth", Kind: verb.Int, Help: "how far to look, 1 to 4; 2 if not given"}, {Name: "dot", Kind: verb.Bool, Help: "write it for Graphviz"}},
			Permission: access.Read, Danger: verb.Look, Run: c.serviceGraph},
		{Name: "who", Short: "list the open sessions", Example: "who", Permission: access.People, Danger: verb.Look, Run: c.who},
		{Name: "session end", Short: "end an open session", Example: "session end S-12", Args: []verb.Arg{{Name: "SESSION", Help: "its id, as who lists it"}},
			Permission: access.People, Danger: verb.Full, Run: c.sessionEnd},
		{Name: "import icalendar", Short: "read freezes, maintenance and other periods from an iCalendar file", Machine: true,
			Example: "import icalendar retail-freezes.ics --as freeze --scope unit:retail --kind hard",
			Args:    []verb.Arg{{Name: "PATH", Help: "the file"}},
			Flags: []verb.Flag{{Name: "as", Kind: verb.String, Help: "what its events are, where they do not say so themselves", Values: calendarKinds()},
				{Name: "scope", Kind: verb.String, Help: "where they hold, where they do not say so themselves"},
				{Name: "kind", Kind: verb.String, Help: "of freezes: hard or soft; hard if not given", Values: []string{"hard", "soft"}},
				{Name: "zone", Kind: verb.String, Help: "IANA zone of times without one; UTC if not given"}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("icalendar")},
		{Name: "import statuspage", Short: "read planned maintenance from a saved scheduled-maintenances.json of a vendor's status page", Machine: true,
			Example: "import statuspage scheduled-maintenances.json --scope org",
			Args:    []verb.Arg{{Name: "PATH", Help: "the file"}}, Flags: []verb.Flag{{Name: "scope", Kind: verb.String, Help: "whom it concerns", Required: true}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("statuspage")},
		{Name: "import endoflife", Short: "read until when versions are kept, from JSON of endoflife.date, its product files, or tables of distro-info-data", Machine: true,
			Example: "import endoflife postgresql.json --version 16 --version 17",
			Args:    []verb.Arg{{Name: "PATH", Help: "the file"}},
			Flags: []verb.Flag{{Name: "product", Kind: verb.String, Help: "its name in titles; the file's if not given"}, {Name: "version", Kind: verb.Strings, Help: "a version that counts; all if not given"},
				{Name: "scope", Kind: verb.String, Help: "whom it concerns; org if not given"}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("endoflife")},
		{Name: "import crontab", Short: "read batch jobs from the text of a crontab", Machine: true,
			Long:    "A comment above a job says what it touches and how long it runs: # signalbox: p95=45m scope=service:ledger title=Nightly close. Commands are not shown beyond the name of their program.",
			Example: "import crontab ledger.crontab --zone Europe/London --scope service:ledger --p95 45m",
			Args:    []verb.Arg{{Name: "PATH", Help: "the file, as crontab -l prints it"}},
			Flags: []verb.Flag{{Name: "zone", Kind: verb.String, Help: "IANA zone of the machine's clock; UTC if not given"}, {Name: "scope", Kind: verb.String, Help: "what jobs touch that do not say it"},
				{Name: "p95", Kind: verb.Duration, Help: "how long jobs run that do not say it"}, {Name: "system", Kind: verb.Bool, Help: "a user stands before each command, as in /etc/crontab"}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("crontab")},
		{Name: "import schedule", Short: "read a project's release schedule from YAML: Kubernetes' patch releases, OpenStack's cycle or series", Machine: true,
			Example: "import schedule schedule.yaml --project kubernetes",
			Args:    []verb.Arg{{Name: "PATH", Help: "the file"}},
			Flags: []verb.Flag{{Name: "project", Kind: verb.String, Help: "what stands before each title"}, {Name: "as", Kind: verb.String, Help: "what its dates are; deadline if not given", Values: []string{"deadline", "window"}},
				{Name: "scope", Kind: verb.String, Help: "whom the dates concern; org if not given"}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("schedule")},
		{Name: "import csv", Short: "read services, people or entries of the calendar from a CSV file", Example: "import csv services.csv --what services", Machine: true,
			Args:       []verb.Arg{{Name: "PATH", Help: "the file"}},
			Flags:      []verb.Flag{{Name: "what", Kind: verb.String, Help: "what its rows are", Required: true, Values: []string{"services", "people", "windows", "batches", "periods"}}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("csv")},
		{Name: "export csv", Short: "write services, people or the calendar as CSV that a spreadsheet cannot run", Example: "export csv services",
			Args:       []verb.Arg{{Name: "WHAT", Help: "what to write", Values: []string{"services", "people", "windows"}}},
			Permission: access.Read, Danger: verb.Look, Run: c.exportCSV},
		{Name: "import backstage", Short: "read services, owners and dependencies from Backstage files", Example: "import backstage catalog/", Machine: true,
			Args: []verb.Arg{{Name: "PATH", Help: "file, directory or git repository of YAML entities"}}, Permission: access.Catalog, Danger: verb.Light, Run: c.imports("backstage")},
		{Name: "import organisation", Short: "read units, regions, tiers and edges from organisation.yaml", Example: "import organisation organisation.yaml", Machine: true,
			Args: []verb.Arg{{Name: "PATH", Help: "the file"}}, Permission: access.Catalog, Danger: verb.Light, Run: c.imports("organisation")},
		{Name: "import openslo", Short: "read service level objectives from OpenSLO files", Example: "import openslo objectives/", Machine: true,
			Args:       []verb.Arg{{Name: "PATH", Help: "file or directory of YAML documents"}},
			Flags:      []verb.Flag{{Name: "environment", Kind: verb.String, Help: "of objectives without the annotation signalbox.dev/environment; production if not given"}},
			Permission: access.Catalog, Danger: verb.Light, Run: c.imports("openslo")},
		{Name: "init", Short: "make a new store, its keys and the first admin", Example: "init --data DIR --admin alice --key ~/.ssh/id_ed25519.pub", Machine: true,
			Flags: []verb.Flag{{Name: "admin", Kind: verb.String, Help: "id of the first admin"}, {Name: "name", Kind: verb.String, Help: "the admin's full name"},
				{Name: "key", Kind: verb.Strings, Help: "the admin's public key line or file", File: true}},
			Permission: access.People, Danger: verb.Light, Run: c.initialise},
		{Name: "profile show", Short: "show how you want the screens to be", Example: "profile show", Permission: access.Public, Danger: verb.Look, Run: c.profileShow},
		{Name: "profile set", Short: "choose how you want the screens to be", Example: "profile set zone Europe/Berlin",
			Long:       "Your own profile only. The value usual takes a choice back. Screens that are open already keep what they have.",
			Args:       []verb.Arg{{Name: "SETTING", Help: "what to choose", Values: profiles.Names()}, {Name: "VALUE", Help: "its value, or usual"}},
			Permission: access.Public, Danger: verb.Look, Run: c.profileSet},
		{Name: "find", Short: "find changes, services, people, freezes and dead letters by name", Example: "find svc:checkout",
			Args: []verb.Arg{{Name: "NAME", Help: "a part of it; svc:NAME and @PERSON ask for services and people alone"}}, Permission: access.Read, Danger: verb.Look, Run: c.find},
		{Name: "version", Short: "print the version", Example: "version", Permission: access.Public, Danger: verb.Look, Run: c.version},
		{Name: "help", Key: "?", Hint: "help", Short: "list the verbs, or explain one", Example: "help approve",
			Args:       []verb.Arg{{Name: "VERB", Help: "the verb", Optional: true}, {Name: "WORD", Help: "its second word", Optional: true}},
			Permission: access.Public, Danger: verb.Look, Run: c.help},
	}
}

// seenRevision reads --revision into the call's seen revision.
func seenRevision(run func(context.Context, verb.Call) (verb.Answer, error)) func(context.Context, verb.Call) (verb.Answer, error) {
	return func(ctx context.Context, call verb.Call) (verb.Answer, error) {
		if s := call.Flag("revision"); s != "" {
			if _, err := fmt.Sscan(s, &call.Seen); err != nil {
				return verb.Answer{}, release.Errorf(release.Usage, "--revision takes a number")
			}
		}
		return run(ctx, call)
	}
}

func (c *Control) version(context.Context, verb.Call) (verb.Answer, error) {
	return verb.Answer{Lines: []string{"signalbox " + c.Version}, Value: map[string]string{"version": c.Version}}, nil
}

// help explains a verb, or lists those that fit the door.
func (c *Control) help(_ context.Context, call verb.Call) (verb.Answer, error) {
	if call.Arg(0) != "" {
		v, _, err := c.verbs.Match(call.Args)
		if err != nil {
			return verb.Answer{}, err
		}
		return verb.Answer{Lines: HelpLines(v), Value: v}, nil
	}
	rows := [][]string{}
	listed := []verb.Verb{}
	for _, v := range c.verbs {
		if v.Machine && call.Actor.Door != access.Local {
			continue
		}
		listed = append(listed, v)
		rows = append(rows, []string{v.Name, v.Short})
	}
	return verb.Answer{Lines: append(table(rows), "", "help VERB explains one; --json prints JSON"), Value: listed}, nil
}

// HelpLines is the help of one verb.
func HelpLines(v verb.Verb) []string {
	out := []string{v.Name + ": " + v.Short, v.Usage()}
	if v.Long != "" {
		out = append(out, "", v.Long)
	}
	rows := [][]string{}
	for _, a := range v.Args {
		help := a.Help
		if len(a.Values) > 0 {
			help += ": " + strings.Join(a.Values, ", ")
		}
		rows = append(rows, []string{"  " + a.Name, help})
	}
	for _, f := range v.Flags {
		name := "  --" + f.Name
		if f.Short != "" {
			name += ", -" + f.Short
		}
		help := f.Help
		if len(f.Values) > 0 && !slices.Contains(strings.Fields(help), f.Values[0]) {
			help += ": " + strings.Join(f.Values, ", ")
		}
		rows = append(rows, []string{name, help})
	}
	if len(rows) > 0 {
		out = append(append(out, ""), table(rows)...)
	}
	return append(out, "", "example: signalbox "+v.Example)
}
