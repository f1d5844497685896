package settings

import (
	"io"
	"os"
	"strings"

	"signalbox/release"
)

// maxSecrets bounds a file of secrets in bytes.
const maxSecrets = 64 << 10

// Secrets reads a connector's secrets: the lines of its file, or what commas separate in its environment
// variable. There is one, or two while one replaces the other. None is no error; a push connector's hook then
// answers 404. The error is NotFound for a file that cannot be read and Usage for one that holds too much;
// neither repeats what is in it.
func (k Connector) Secrets(getenv func(name string) string) ([][]byte, error) {
	var text, separator, where string
	switch {
	case k.SecretFile != "":
		raw, err := readSecrets(k.SecretFile)
		if err != nil {
			return nil, release.Errorf(release.NotFound, "connector %s: its secret file %s cannot be read", k.Name, release.Clean(k.SecretFile, 200)).
				Advise("put the secret there and let only signalbox's own user read it").Because(err)
		}
		if len(raw) > maxSecrets {
			return nil, release.Errorf(release.Usage, "connector %s: its secret file %s is larger than 64 KiB", k.Name, release.Clean(k.SecretFile, 200)).
				Advise("put the secret alone on one line")
		}
		text, separator, where = string(raw), "\n", "the file "+release.Clean(k.SecretFile, 200)
	case k.SecretEnv != "":
		text, separator, where = getenv(k.SecretEnv), ",", "the variable "+k.SecretEnv
	}
	var out [][]byte
	for s := range strings.SplitSeq(text, separator) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, []byte(s))
		}
	}
	if len(out) > 2 {
		return nil, release.Errorf(release.Usage, "connector %s: %s holds %d secrets", k.Name, where, len(out)).
			Advise("keep one, or two while one replaces the other")
	}
	return out, nil
}

func readSecrets(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSecrets+1))
}
