package backstage

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
)

// maxWild is how many targets with wildcards are looked up in one catalog.
const maxWild = 500

// locations refuses the targets of Locations that are not files of the catalog. Those that are have been
// read.
func (m *mapping) locations(files []File) {
	there, wild := map[string]bool{}, 0
	for _, f := range files {
		there[f.Path] = true
	}
	for _, e := range m.of("location") {
		lines := slices.Concat(e.Spec.Target.lines, e.Spec.Targets.lines)
		for i, target := range e.targets() {
			pattern, reason := within(e.file, target)
			switch {
			case reason != "" || there[pattern]:
			case !strings.ContainsAny(pattern, "*?["):
				reason = "there is no such file in the catalog"
			default:
				if wild++; wild > maxWild {
					reason = "the catalog has too many targets with wildcards"
				} else if !slices.ContainsFunc(files, func(f File) bool { return matches(pattern, f.Path) }) {
					reason = "no file of the catalog is meant by it"
				}
			}
			if reason != "" {
				m.refuseIn(e, lines[i], "the target %q is not followed: %s", release.Clean(target, 120), reason)
			}
		}
	}
}

func (e *entity) targets() []string {
	return slices.Concat(e.Spec.Target.values, e.Spec.Targets.values)
}

// within returns the pattern of the catalog's files that a target of a Location in file means, or in words
// why there is none.
func within(file, target string) (pattern, reason string) {
	if u, err := url.Parse(target); err == nil && u.Scheme != "" {
		return "", "it is an address; give it a connector of its own"
	}
	if strings.HasPrefix(target, "/") || strings.Contains(target, "\\") {
		return "", "it is no path relative to the Location's own file"
	}
	pattern = path.Join(path.Dir(file), target)
	if pattern == ".." || strings.HasPrefix(pattern, "../") {
		return "", "it leads out of the catalog"
	}
	if _, err := path.Match(pattern, ""); err != nil || strings.Count(pattern, "**") > 1 {
		return "", "it is no path"
	}
	return pattern, ""
}

// matches reports whether a path is what a pattern means; ** stands for any directories, also none.
func matches(pattern, name string) bool {
	before, after, deep := strings.Cut(pattern, "**")
	if !deep {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	}
	if after = strings.TrimPrefix(after, "/"); after == "" {
		after = "*"
	}
	begun := false
	for at := range len(name) {
		if at > 0 && name[at-1] != '/' {
			continue
		}
		ok, err := path.Match(before+"x", name[:at]+"x")
		if begun = begun || ok && err == nil; begun && matches(after, name[at:]) {
			return true
		}
	}
	return false
}

// local returns the patterns that the Locations of a file mean.
func local(f File) []string {
	var out []string
	for _, d := range connectors.Documents(f.Data) {
		e, bad := decode(f.Path, d)
		if bad != nil || e.key.kind != "location" {
			continue
		}
		for _, target := range e.targets() {
			if pattern, reason := within(f.Path, target); reason == "" {
				out = append(out, pattern)
			}
		}
	}
	return out
}
