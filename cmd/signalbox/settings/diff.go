package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Changes is what differs between two configurations.
type Changes struct {
	// Added, Removed and Changed are names of connectors, sorted. One whose kind differs is removed and added.
	Added, Removed, Changed []string
	// Keys are the paths of what differs elsewhere: "environments", "ssh.idle".
	Keys []string
	// Apply has a sentence for each change that a reload makes, Restart for each that waits for a restart.
	Apply, Restart []string
}

// Empty reports whether the configurations say the same. What is in the files that they name may differ.
func (c Changes) Empty() bool { return len(c.Apply)+len(c.Restart) == 0 }

// Diff compares two configurations for a reload. The sentences name keys and never values, which may be
// secrets.
func Diff(old, new Config) Changes {
	var c Changes
	for _, f := range file.fields {
		if f.key != "connectors" {
			c.compare(f, f.key, part(old, f.key), part(new, f.key))
		}
	}
	c.connectors(old.Connectors, new.Connectors)
	return c
}

func (c *Changes) compare(f field, path string, a, b any) {
	if f.form == object {
		for _, g := range f.fields {
			c.compare(g, under(path, g.key), part(a, g.key), part(b, g.key))
		}
		return
	}
	if same(a, b) {
		return
	}
	c.Keys = append(c.Keys, path)
	if f.restart {
		c.Restart = append(c.Restart, path+" changed; it holds from the next start of signalbox on")
		return
	}
	c.Apply = append(c.Apply, path+" changed")
}

func (c *Changes) connectors(old, new []Connector) {
	was, is := byName(old), byName(new)
	for name, k := range is {
		if before, there := was[name]; there && before.Kind == k.Kind {
			c.connector(before, k)
			continue
		}
		c.Added = append(c.Added, name)
		c.Apply = append(c.Apply, fmt.Sprintf("connector %s (%s) is new", name, k.Kind))
	}
	for name, k := range was {
		if now, there := is[name]; !there || now.Kind != k.Kind {
			c.Removed = append(c.Removed, name)
			c.Apply = append(c.Apply, fmt.Sprintf("connector %s (%s) is gone", name, k.Kind))
		}
	}
	for _, names := range [][]string{c.Added, c.Removed, c.Changed, c.Apply} {
		slices.Sort(names)
	}
}

func (c *Changes) connector(a, b Connector) {
	var keys []string
	for _, f := range kindNamed(b.Kind).fields {
		if !same(part(a, f.key), part(b, f.key)) {
			keys = append(keys, f.key)
		}
	}
	if len(keys) > 0 {
		c.Changed = append(c.Changed, b.Name)
		c.Apply = append(c.Apply, fmt.Sprintf("connector %s: %s changed", b.Name, strings.Join(keys, ", ")))
	}
}

func byName(of []Connector) map[string]Connector {
	out := make(map[string]Connector, len(of))
	for _, k := range of {
		out[k.Name] = k
	}
	return out
}

// part is what a struct of the configuration holds under a key of the file.
func part(of any, key string) any {
	v := reflect.ValueOf(of)
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == key {
			return v.Field(i).Interface()
		}
	}
	panic("settings: no field of " + v.Type().String() + " for " + key) // the test of the table rules it out
}

// same compares two values; a list or mapping without items is as none.
func same(a, b any) bool {
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.Len() == 0 && w.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}
