package settings

import (
	"strconv"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release/access"
)

// file is the whole configuration.
var file = value{form: object, fields: []field{
	{key: "organisation", about: "Whom this installation serves", value: value{form: object, fields: organisation}},
	{key: "environments", about: "Where services run, and where the gate stands", value: environments,
		unless:  "production (alias prod), gated; staging, development (alias dev) and test, not gated",
		example: "[{name: production, aliases: [prod], gated: true}, {name: staging}]"},
	{key: "bots", about: "Logins that stand for no human, in any letter case: they are never a requester or an author whose approval would be their own",
		value: listOf(value{is: "a login", pattern: `^\S+$`, most: 200}), example: "[dependabot, renovate]"},
	{key: "ssh", about: "The SSH door", value: value{form: object, fields: sshFields, rules: []rule{
		{kind: needs, key: "user_ca_revoked", keys: []string{"user_ca", "user_ca_file"}}}}},
	{key: "http", about: "The HTTP door: hooks, the gate, health and metrics", value: value{form: object, fields: httpFields, rules: []rule{
		{kind: needs, key: "tls_cert", keys: []string{"tls_key"}}, {kind: needs, key: "tls_key", keys: []string{"tls_cert"}}}}},
	{key: "conflicts", about: "The rules of the release calendar", value: value{form: object, fields: conflictFields}},
	{key: "connectors", about: "The systems outside that signalbox hears from, asks or tells",
		value: value{form: list, is: "a list of connectors", most: 500, item: &connector, meaning: uniqueNames}},
}}

var organisation = []field{
	{key: "name", about: "Shown in mails and in the calendar feed", value: value{is: "a name", most: 80}, example: "Acme"},
	{key: "address", about: "What people type after ssh, HOST or HOST:PORT; it stands in mails and links",
		value:   value{is: "an address such as signalbox.acme.example:2222", pattern: `^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`, most: 260, meaning: hostMeaning},
		example: "signalbox.acme.example:2222"},
	{key: "file", about: "The units, regions, tiers and vendors of the organisation; read at the start and at each reload",
		value: value{form: path}, example: "organisation.yaml"},
}

var environments = value{form: list, is: "a list of environments", most: 200, meaning: uniqueEnvironments, item: &value{form: object, fields: []field{
	{key: "name", about: "As deployments name it, in lower case", required: true, value: environmentName, example: "production"},
	{key: "aliases", about: "Other names of it", value: listOf(environmentName), example: "[prod]"},
	{key: "gated", about: "Whether a change must pass the gate to get here", value: value{form: yesno}, fallback: "false"},
	{key: "region", about: "The region that it is, where it is one", value: value{is: "the id of a region", pattern: `^\S+$`, most: 100}, example: "emea"},
}}}

var environmentName = value{is: "a name in lower case", pattern: `^[^A-Z]+$`, most: 255, meaning: lowerMeaning}

var sshFields = []field{
	{key: "profile", restart: true, about: "Key exchange: compat offers mlkem768x25519 first and then curve25519, strict offers mlkem768x25519 alone, which older clients lack",
		value: oneOf("compat", "strict"), fallback: "compat"},
	{key: "idle", restart: true, about: "How long without a key press before a session's levers disarm", value: between(0, 24*time.Hour), fallback: "10m"},
	{key: "per_address", restart: true, about: "How many connections one address (an IPv6 /64) may hold", value: value{form: whole, low: 1, high: 100_000}, fallback: "50"},
	{key: "total", restart: true, about: "How many connections there may be", value: value{form: whole, low: 1, high: 1_000_000}, fallback: "2000"},
	{key: "trusted", restart: true, about: "Networks, such as a bastion's, that per_address does not bind", value: listOf(network), example: "[10.20.0.0/24]"},
	{key: "user_ca", about: "Public keys of authorities whose user certificates are let in, each a line as in authorized_keys",
		value: listOf(value{is: "a public key such as ssh-ed25519 AAAA…", pattern: `^\S+ +\S+`, most: 16_000, meaning: keyMeaning}), example: `["ssh-ed25519 AAAA… users@acme"]`},
	{key: "user_ca_file", about: "The same from a file, one key a line", value: value{form: path}, example: "user_ca.pub"},
	{key: "user_ca_revoked", about: "A file of certificates and keys that are let in no longer, one a line: serial:7 or serial:7-9, id:KEYID, key:SHA256:…; or what ssh-keygen -k writes",
		value: value{form: path}, example: "revoked"},
}

var httpFields = []field{
	{key: "observe", restart: true, about: "Who may read /healthz, /readyz and /metrics", value: oneOf("loopback", "all"), fallback: "loopback"},
	{key: "max_body", restart: true, about: "The largest delivery of a hook, in bytes; no connector reads more than 4 MiB",
		value: value{form: whole, low: 1, high: 1 << 30}, fallback: strconv.Itoa(connectors.MaxBody)},
	{key: "proxies", restart: true, about: "Networks whose X-Forwarded-For is believed", value: listOf(network), example: "[10.0.0.0/24]"},
	{key: "tls_cert", restart: true, about: "Certificate chain in PEM; with it the door speaks TLS", value: value{form: path}, example: "tls.crt"},
	{key: "tls_key", restart: true, about: "Its private key in PEM", value: value{form: path}, example: "tls.key"},
}

var network = value{is: "a network such as 10.0.0.0/8", pattern: `^[0-9A-Fa-f:.]+/[0-9]{1,3}$`, meaning: networkMeaning}

// scope is what access.ParseScope reads, in lower case.
var scope = value{is: "a scope such as org or unit:payments,environment:production",
	pattern: `^(org|` + scopeTerm + `(,` + scopeTerm + `)*)$`, meaning: scopeMeaning}

var scopeTerm = `(` + strings.Join(access.Dimensions, "|") + `):[^\s,A-Z]+`
