package sshserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// krlMagic begins a key revocation list as OpenSSH writes it. The form is PROTOCOL.krl of its source.
const krlMagic = "SSHKRL\n\x00"

// The kinds of a list's sections, and of the parts of a certificate section.
const (
	krlCertificates = 1
	krlKeys         = 2
	krlSHA1         = 3
	krlSHA256       = 5
	krlExtension    = 255

	krlSerials       = 0x20
	krlSerialRange   = 0x21
	krlSerialBitmap  = 0x22
	krlIDs           = 0x23
	krlCertExtension = 0x39
)

var (
	errBroken = errors.New("it is cut off or damaged")
	errMany   = fmt.Errorf("it holds more than %d entries", maxRevocations)
)

// readKRL takes a whole list. A list that holds anything that is not understood is refused: what it may
// revoke would stay good.
func (r *revocations) readKRL(file string, data []byte) error {
	var h struct {
		Magic                       [8]byte
		Format                      uint32
		Version, Generated, Options uint64
		Reserved, Comment           []byte
		Sections                    []byte `ssh:"rest"`
	}
	err := gossh.Unmarshal(data, &h)
	switch {
	case err != nil:
		err = errBroken
	case h.Format != 1:
		err = fmt.Errorf("its format is %d, and 1 is known", h.Format)
	default:
		err = sections(h.Sections, r.section)
	}
	if err != nil {
		return release.Errorf(release.Usage, "%s: this key revocation list cannot be taken: %v", file, err).
			Advise("make it with ssh-keygen -k, or write text: serial:12, serial:12-40, id:KEYID, key:SHA256:…")
	}
	return nil
}

// sections hands over each part of the form: a kind, and data with its length.
func sections(data []byte, take func(kind byte, data []byte) error) error {
	for len(data) > 0 {
		var s struct {
			Kind byte
			Data []byte
			Rest []byte `ssh:"rest"`
		}
		if gossh.Unmarshal(data, &s) != nil {
			return errBroken
		}
		if err := take(s.Kind, s.Data); err != nil {
			return err
		}
		data = s.Rest
	}
	return nil
}

// texts hands over each of the strings that data consists of.
func (r *revocations) texts(data []byte, take func([]byte) error) error {
	for len(data) > 0 {
		var s struct {
			Text []byte
			Rest []byte `ssh:"rest"`
		}
		if gossh.Unmarshal(data, &s) != nil {
			return errBroken
		}
		if r.full() {
			return errMany
		}
		if err := take(s.Text); err != nil {
			return err
		}
		data = s.Rest
	}
	return nil
}

func (r *revocations) section(kind byte, data []byte) error {
	switch kind {
	case krlCertificates:
		var s struct {
			Authority, Reserved []byte
			Parts               []byte `ssh:"rest"`
		}
		if gossh.Unmarshal(data, &s) != nil {
			return errBroken
		}
		authority := "" // of every authority
		if len(s.Authority) > 0 {
			authority = fingerprintOf(s.Authority)
		}
		return sections(s.Parts, func(kind byte, data []byte) error { return r.certificates(authority, kind, data) })
	case krlKeys:
		return r.texts(data, func(blob []byte) error { r.keys[fingerprintOf(blob)] = true; return nil })
	case krlSHA256:
		return r.texts(data, func(sum []byte) error {
			fingerprint := fingerprintText(sum)
			if !isFingerprint(fingerprint) {
				return errBroken
			}
			r.keys[fingerprint] = true
			return nil
		})
	case krlSHA1:
		return r.texts(data, func(sum []byte) error {
			var key [20]byte
			if copy(key[:], sum) != len(sum) || len(sum) != len(key) {
				return errBroken
			}
			r.sha1[key] = true
			return nil
		})
	case krlExtension:
		return extension(data)
	}
	return fmt.Errorf("it has a section of the kind %d, which is not known", kind)
}

func (r *revocations) certificates(authority string, kind byte, data []byte) error {
	add := func(low, high uint64) error {
		if r.full() {
			return errMany
		}
		r.serials[authority] = append(r.serials[authority], span{low, high})
		return nil
	}
	switch kind {
	case krlSerials:
		for ; len(data) >= 8; data = data[8:] {
			serial := binary.BigEndian.Uint64(data)
			if err := add(serial, serial); err != nil {
				return err
			}
		}
		if len(data) > 0 {
			return errBroken
		}
		return nil
	case krlSerialRange:
		var s struct{ Low, High uint64 }
		if gossh.Unmarshal(data, &s) != nil || s.Low > s.High {
			return errBroken
		}
		return add(s.Low, s.High)
	case krlSerialBitmap:
		var s struct {
			Offset uint64
			Bits   *big.Int
		}
		if gossh.Unmarshal(data, &s) != nil || s.Bits.Sign() < 0 || s.Offset+uint64(s.Bits.BitLen()) < s.Offset {
			return errBroken
		}
		return runs(s.Bits, func(from, to uint64) error { return add(s.Offset+from, s.Offset+to) })
	case krlIDs:
		return r.texts(data, func(id []byte) error { r.ids[authorityID{authority, string(id)}] = true; return nil })
	case krlCertExtension:
		return extension(data)
	}
	return fmt.Errorf("it has a certificate section of the kind %d, which is not known", kind)
}

// runs hands over each unbroken row of set bits, both ends included.
func runs(bits *big.Int, take func(from, to uint64) error) error {
	for i := 0; i < bits.BitLen(); i++ {
		if bits.Bit(i) == 0 {
			continue
		}
		from := i
		for bits.Bit(i+1) == 1 {
			i++
		}
		if err := take(uint64(from), uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// extension passes over what a list says beyond the form, unless it says that this must be understood.
func extension(data []byte) error {
	var e struct {
		Name     string
		Critical bool
		Contents []byte
	}
	switch {
	case gossh.Unmarshal(data, &e) != nil:
		return errBroken
	case e.Critical:
		return fmt.Errorf("it has the critical extension %q, which is not known", release.Clean(e.Name, 60))
	}
	return nil
}
