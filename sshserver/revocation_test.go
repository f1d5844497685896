package sshserver

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"pgregory.net/rapid"

	"signalbox/release"
)

const (
	oneFingerprint   = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg"
	otherFingerprint = "SHA256:YDA64iuZiGG847KPM+7BvnWKITyGyTwHbb6fVYwRx1I"
)

func TestRevocationsAsText(t *testing.T) {
	r := newRevocations()
	text := "# lost\r\n\n serial:7\nserial: 10-20 # the old batch\nserial:15-30 ca:" + oneFingerprint + "\nserial:18446744073709551615\n" +
		"id:laptop-7\nid:\"two \\\"words\" # with a quote\nid:#3 ca:" + oneFingerprint + "\nkey:" + otherFingerprint + "\nserial:21"
	if err := r.readText("file", text); err != nil {
		t.Fatal(err)
	}
	r.settle()
	for serial, want := range map[uint64]bool{0: false, 6: false, 7: true, 8: false, 9: false, 10: true, 20: true, 21: true, 22: false, 1<<64 - 2: false, 1<<64 - 1: true} {
		if got := r.hasSerial("", serial); got != want {
			t.Errorf("serial %d: %v", serial, got)
		}
	}
	if !r.hasSerial(oneFingerprint, 30) || r.hasSerial(oneFingerprint, 31) || r.hasSerial(otherFingerprint, 30) {
		t.Error("the range of one authority")
	}
	if len(r.serials[""]) != 3 {
		t.Errorf("ranges that touch were not joined: %v", r.serials[""])
	}
	for id, want := range map[authorityID]bool{{"", "laptop-7"}: true, {"", `two "words`}: true, {oneFingerprint, "#3"}: true, {"", "#3"}: false, {"", "two"}: false} {
		if r.ids[id] != want {
			t.Errorf("%v: %v", id, r.ids[id])
		}
	}
	for line, says := range map[string]string{
		"serial":                      `"" is neither a serial number`,
		"serial:":                     `"" is neither a serial number`,
		"serial:-1":                   `"-1" is neither`,
		"serial:9-8":                  `"9-8" is neither`,
		"serial:1-":                   `"1-" is neither`,
		"serial:0x10":                 `"0x10" is neither`,
		"serial:18446744073709551616": "is neither",
		"serial:1 - 5":                `"-" does not belong there`,
		"serial:1 2":                  `"2" does not belong there`,
		"serial:1 ca:MD5:00":          `"MD5:00" is no fingerprint`,
		"serial:1 ca:" + oneFingerprint + " ca:" + oneFingerprint: "does not belong there",
		"id:":                         "the key id is missing",
		`id:""`:                       "the key id is missing",
		"id:two words":                `"words" does not belong there`,
		`id:"two words`:               "a quote is not closed",
		`id:"two"words`:               "something follows the closing quote",
		"key:SHA256:abc":              `"SHA256:abc" is no fingerprint`,
		"key:" + oneFingerprint + "=": "is no fingerprint",
		"key:" + oneFingerprint + " ca:" + oneFingerprint: "does not belong there",
		"Serial:5":         `"Serial" is nothing that can be revoked`,
		"7":                `"7" is nothing that can be revoked`,
		"ssh-ed25519 AAAA": "is nothing that can be revoked",
		"\x1b[31m:1":       `"[31m" is nothing that can be revoked`,
		"\ufeffserial:1":   "is nothing that can be revoked",
	} {
		r := newRevocations()
		err := r.readText("/etc/revoked", "# first\n"+line+"\n")
		if release.CodeOf(err) != release.Usage || !strings.HasPrefix(err.Error(), "/etc/revoked:2: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestSpansAreWhatWasWritten compares the search with looking at every range.
func TestSpansAreWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, text := newRevocations(), ""
		var all []span
		for range rapid.IntRange(1, 12).Draw(t, "ranges") {
			low := rapid.Uint64Range(0, 60).Draw(t, "low")
			s := span{low, low + rapid.Uint64Range(0, 8).Draw(t, "length")}
			all = append(all, s)
			text += fmt.Sprintf("serial:%d-%d\n", s.low, s.high)
		}
		if err := r.readText("file", text); err != nil {
			t.Fatal(err)
		}
		r.settle()
		for serial := range uint64(80) {
			want := false
			for _, s := range all {
				want = want || s.low <= serial && serial <= s.high
			}
			if got := r.hasSerial("", serial); got != want {
				t.Fatalf("%d: %v\n%s", serial, got, text)
			}
		}
	})
}

// TestListsOfOpenSSH lets ssh-keygen write lists, and say of each certificate whether it is revoked.
func TestListsOfOpenSSH(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	type made struct {
		name string
		cert *gossh.Certificate
		file string
	}
	var all []made
	var plain []gossh.PublicKey
	add := func(name string, of authority, change func(*gossh.Certificate)) {
		key := newKey(t)
		c := of.certificate(key, change).PublicKey().(*gossh.Certificate)
		file := filepath.Join(dir, fmt.Sprintf("%d.pub", len(all)))
		if err := os.WriteFile(file, gossh.MarshalAuthorizedKey(c), 0o600); err != nil {
			t.Fatal(err)
		}
		all, plain = append(all, made{name, c, file}), append(plain, key.PublicKey())
	}
	for _, serial := range []uint64{1, 4, 5, 6, 99, 100, 150, 200, 201, 1000, 1001, 1002, 1064, 1065, 5000, 1 << 40, 1<<64 - 1} {
		add(fmt.Sprintf("serial %d", serial), ca, func(c *gossh.Certificate) { c.Serial, c.KeyId = serial, "none" })
	}
	add("serial 5 of another", other, func(c *gossh.Certificate) { c.Serial, c.KeyId = 5, "none" })
	add("an id", ca, func(c *gossh.Certificate) { c.Serial, c.KeyId = 7, "two words" })
	add("an id of another", other, func(c *gossh.Certificate) { c.Serial, c.KeyId = 7, "two words" })
	by := len(all)
	for _, form := range []string{"key", "sha1", "sha256"} {
		add(form, ca, func(c *gossh.Certificate) { c.Serial, c.KeyId = 7, "none" })
	}
	spec := "serial: 5\nserial: 100-200\nserial: 1099511627776\nserial: 18446744073709551615\nid: two words\n"
	for serial := 1000; serial <= 1064; serial += 2 {
		spec += fmt.Sprintf("serial: %d\n", serial)
	}
	for i, form := range []string{"key", "sha1", "sha256"} {
		spec += form + ": " + string(gossh.MarshalAuthorizedKey(plain[by+i]))
	}
	whole := append([]string{spec}, "# nothing\n", "serial: 1-10\n", "sha256: "+other.public)
	revoked := 0
	for i, spec := range whole {
		for _, of := range []string{ca.file + ".pub", "NONE"} {
			list := filepath.Join(dir, "list")
			if out, status := keygen(t, "-q", "-k", "-f", list, "-s", of, "-z", "3", write(t, spec)); status != 0 {
				t.Fatal(out)
			}
			a, err := LoadAuthorities([]string{ca.public, other.public}, "", list)
			if err != nil {
				t.Fatalf("list %d: %v", i, err)
			}
			for _, m := range all {
				_, status := keygen(t, "-Q", "-f", list, m.file)
				err := a.stillAdmits(m.cert, netip.MustParseAddr("192.0.2.1"), time.Now())
				if (status != 0) != (err != nil) {
					t.Errorf("list %d of %s: %s: ssh-keygen ends with %d, and here it is %v", i, filepath.Base(of), m.name, status, err)
				}
				if status != 0 {
					revoked++
				}
			}
		}
	}
	if revoked < 30 {
		t.Errorf("%d certificates were revoked: the lists are too thin", revoked)
	}
	t.Logf("%d of %d answers of ssh-keygen are \"revoked\"", revoked, 8*len(all))
}

// list writes a key revocation list by hand.
func list(sections ...[]byte) []byte {
	out := append([]byte(krlMagic), 0, 0, 0, 1)
	out = append(out, make([]byte, 3*8+2*4)...)
	return append(out, bytes.Join(sections, nil)...)
}

func section(kind byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(data))), data...)
}

func text(s string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...)
}

func certificates(parts ...[]byte) []byte {
	return section(krlCertificates, append(make([]byte, 8), bytes.Join(parts, nil)...))
}

func TestListsThatAreNotUnderstoodAreRefused(t *testing.T) {
	extension := func(critical byte) []byte {
		return append(append(text("moon@example.com"), critical), text("full")...)
	}
	numbers := func(n ...uint64) (out []byte) {
		for _, x := range n {
			out = binary.BigEndian.AppendUint64(out, x)
		}
		return out
	}
	good := list(certificates(section(krlSerials, numbers(1, 2)), section(krlSerialRange, numbers(5, 9)), section(krlIDs, append(text("a"), text("b")...)),
		section(krlSerialBitmap, append(numbers(100), text("\x05")...)), section(krlCertExtension, extension(0))), section(krlExtension, extension(0)))
	r := newRevocations()
	if err := r.readKRL("file", good); err != nil {
		t.Fatal(err)
	}
	r.settle()
	if !r.hasSerial("", 9) || !r.hasSerial("", 100) || r.hasSerial("", 101) || !r.hasSerial("", 102) || !r.ids[authorityID{"", "b"}] {
		t.Errorf("%+v", r)
	}
	for n := range good {
		if cut := good[:n]; len(cut) >= len(krlMagic) {
			r := newRevocations()
			if err := r.readKRL("file", cut); err == nil && n != len(list()) && n != len(good)-len(section(krlExtension, extension(0))) {
				t.Errorf("cut off after %d of %d bytes, and taken", n, len(good))
			}
		}
	}
	format2 := list()
	format2[11] = 2
	many := list(certificates(section(krlSerialBitmap, append(numbers(1), text("\x00"+strings.Repeat("\x55", 260_000))...))))
	for _, c := range []struct {
		says string
		data []byte
	}{
		{"its format is 2, and 1 is known", format2},
		{"it has a section of the kind 4, which is not known", list(section(4, nil))}, // a signature
		{"it has a section of the kind 9, which is not known", list(section(9, nil))},
		{"it has a certificate section of the kind 36, which is not known", list(certificates(section(0x24, nil)))},
		{`it has the critical extension "moon@example.com", which is not known`, list(section(krlExtension, extension(1)))},
		{`it has the critical extension "moon@example.com", which is not known`, list(certificates(section(krlCertExtension, extension(1))))},
		{"it is cut off or damaged", list(certificates(section(krlSerials, numbers(1)[:7])))},
		{"it is cut off or damaged", list(certificates(section(krlSerialRange, numbers(9, 5))))},
		{"it is cut off or damaged", list(certificates(section(krlSerialBitmap, append(numbers(1<<64-2), text("\x0f")...))))},
		{"it is cut off or damaged", list(certificates(section(krlSerialBitmap, append(numbers(1), text("\xff")...))))},
		{"it is cut off or damaged", list(section(krlSHA1, text("short")))},
		{"it is cut off or damaged", list(section(krlSHA256, text("short")))},
		{"it is cut off or damaged", list(section(krlKeys, []byte{0, 0, 0, 9}))},
		{"it is cut off or damaged", list([]byte{krlKeys, 255, 255, 255, 255})},
		{"it holds more than 1000000 entries", many},
		{"it holds more than 1000000 entries", list(certificates(section(krlSerials, make([]byte, 8*1_000_001))))},
		{"it holds more than 1000000 entries", list(section(krlKeys, make([]byte, 4*1_000_001)))},
	} {
		r := newRevocations()
		err := r.readKRL("/etc/list", c.data)
		if release.CodeOf(err) != release.Usage || !strings.HasPrefix(err.Error(), "/etc/list: this key revocation list cannot be taken: "+c.says) {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}

func FuzzRevocationText(f *testing.F) {
	f.Add("serial:1-5 ca:" + oneFingerprint + "\nid:\"a b\"\nkey:" + oneFingerprint + " # x")
	f.Fuzz(func(t *testing.T, s string) {
		r := newRevocations()
		if err := r.readText("file", s); err != nil {
			if e := release.AsError(err); e.Code != release.Usage || strings.ContainsFunc(e.Error(), forbidden) {
				t.Errorf("%q", e)
			}
			return
		}
		r.settle()
		for authority, all := range r.serials {
			for i, s := range all {
				if s.low > s.high || i > 0 && s.low <= all[i-1].high || !r.hasSerial(authority, s.low) || !r.hasSerial(authority, s.high) {
					t.Errorf("%v", all)
				}
			}
		}
	})
}

func FuzzRevocationList(f *testing.F) {
	f.Add(list(certificates(section(krlSerials, make([]byte, 16)), section(krlSerialBitmap, append(make([]byte, 8), text("\x05")...)), section(krlIDs, text("a")))))
	f.Add(list(section(krlKeys, text("k")), section(krlSHA1, text(strings.Repeat("x", 20))), section(krlSHA256, text(strings.Repeat("x", 32)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRevocations()
		if err := r.readKRL("file", data); err != nil {
			if e := release.AsError(err); e.Code != release.Usage || strings.ContainsFunc(e.Error(), forbidden) {
				t.Errorf("%q", e)
			}
			return
		}
		r.settle()
		if r.count > maxRevocations {
			t.Error("too many")
		}
	})
}

// FuzzCertificate changes bytes of a good certificate: none but itself opens the door.
func FuzzCertificate(f *testing.F) {
	key := func() gossh.Signer {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		s, err := gossh.NewSignerFromKey(private)
		if err != nil {
			f.Fatal(err)
		}
		return s
	}
	ca := key()
	a := &Authorities{trusted: map[string]bool{string(ca.PublicKey().Marshal()): true}, revoked: newRevocations()}
	now, from := time.Unix(1_800_000_000, 0), netip.MustParseAddr("192.0.2.1")
	good := &gossh.Certificate{Key: key().PublicKey(), Serial: 12, CertType: gossh.UserCert, KeyId: "laptop-7", ValidPrincipals: []string{"alice"},
		ValidAfter: 1_800_000_000 - 60, ValidBefore: 1_800_000_000 + 3600,
		Permissions: gossh.Permissions{CriticalOptions: map[string]string{"source-address": "192.0.2.0/24"}, Extensions: map[string]string{"permit-pty": ""}}}
	if err := good.SignCert(rand.Reader, ca); err != nil {
		f.Fatal(err)
	}
	whole := good.Marshal()
	if err := a.admits(good, from, now); err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte{})
	for i := range whole {
		f.Add(i, []byte{whole[i] ^ 1})
	}
	f.Fuzz(func(t *testing.T, at int, with []byte) {
		if at < 0 || at > len(whole) {
			return
		}
		data := append(bytes.Clone(whole[:at]), with...)
		if end := at + len(with); end < len(whole) {
			data = append(data, whole[end:]...)
		}
		k, err := gossh.ParsePublicKey(data)
		if err != nil {
			return
		}
		if c, ok := k.(*gossh.Certificate); ok {
			if err := a.admits(c, from, now); err == nil && !bytes.Equal(c.Marshal(), whole) {
				t.Errorf("a changed certificate opens the door: %+v", c)
			} else if err != nil && strings.ContainsFunc(err.Error(), forbidden) {
				t.Errorf("%q", err.Error())
			}
		}
	})
}
