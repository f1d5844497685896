package connectors

import (
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
)

// maxIdentity is the longest login or address kept, in characters: that of an e-mail address (RFC 5321).
const maxIdentity = 254

// Login is the identity of an account on a forge. bot says that the forge calls the account no human; an
// app of GitHub is one by its name, which no human account can have.
func Login(system, login string, bot bool) access.Identity {
	v := strings.ToLower(release.Clean(login, maxIdentity))
	return access.Identity{System: system, Value: v, Bot: bot || strings.HasSuffix(v, "[bot]")}
}

// Author is the one identity of somebody whom a commit names: the forge's account where it knows one, also
// where it shows only in the forge's own no-reply address, else the address. A commit that names neither
// gives an identity that no person can match: an author who is not known must not look like no author.
func Author(system, login, email, name string) access.Identity {
	email = strings.ToLower(release.Clean(email, maxIdentity))
	if login == "" {
		login = noReply(system, email)
	}
	if login = release.Clean(login, maxIdentity); login != "" {
		return Login(system, login, false)
	}
	if email == "" {
		if email = strings.ToLower(release.Clean(name, maxIdentity)); email == "" {
			email = "nobody"
		}
	}
	return access.Identity{System: "email", Value: email}
}

// noReply reads the account out of an address that the forge gives to those who hide theirs:
// "583231+octocat@users.noreply.github.com" and "1234-tanuki@users.noreply.gitlab.com".
func noReply(system, email string) string {
	domain, sep := "", ""
	switch system {
	case "github":
		domain, sep = "@users.noreply.github.com", "+"
	case "gitlab":
		domain, sep = "@users.noreply.gitlab.com", "-"
	default:
		return ""
	}
	local, ok := strings.CutSuffix(email, domain)
	if !ok {
		return ""
	}
	if id, login, ok := strings.Cut(local, sep); ok && strings.Trim(id, "0123456789") == "" {
		return login
	}
	return local
}

// CoAuthors reads the "Co-authored-by: Name <address>" lines of a commit message. Any such line counts,
// wherever it stands: one author too many is a question, one too few an approval by an author.
func CoAuthors(system, message string) []access.Identity {
	const key = "co-authored-by:"
	var out []access.Identity
	for line := range strings.Lines(message) {
		line = strings.TrimSpace(line)
		if len(line) < len(key) || !strings.EqualFold(line[:len(key)], key) {
			continue
		}
		name, email, ok := strings.Cut(line[len(key):], "<")
		if ok {
			email, _, _ = strings.Cut(email, ">")
		}
		out = append(out, Author(system, "", email, name))
	}
	return out
}

// Distinct drops identities that are there already, in order; whoever was called a bot once is one.
func Distinct(ids []access.Identity) []access.Identity {
	at := map[string]int{}
	var out []access.Identity
	for _, id := range ids {
		key := id.String()
		if i, ok := at[key]; ok {
			out[i].Bot = out[i].Bot || id.Bot
			continue
		}
		at[key] = len(out)
		out = append(out, id)
	}
	return out
}

// MarkBots sets Bot on the identities whose value is among the logins that the configuration excludes.
func MarkBots(ids []access.Identity, bots []string) {
	for i := range ids {
		if slices.Contains(bots, ids[i].Value) {
			ids[i].Bot = true
		}
	}
}
