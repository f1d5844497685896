package backstage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
)

// entity is what is read of a Backstage entity of any kind (Backstage's "Descriptor Format"). Fields of the
// spec that a kind does not have stay empty.
type entity struct {
	file string
	line int
	key  key

	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
	Spec       spec     `yaml:"spec"`
}

type metadata struct {
	Name        string `yaml:"name"`
	Namespace   string `yaml:"namespace"`
	Title       text   `yaml:"title"`
	Labels      texts  `yaml:"labels"`
	Annotations texts  `yaml:"annotations"`
	Tags        list   `yaml:"tags"`
}

type spec struct {
	Type         text `yaml:"type"`
	Lifecycle    text `yaml:"lifecycle"`
	Owner        refs `yaml:"owner"`
	System       refs `yaml:"system"`
	ProvidesApis refs `yaml:"providesApis"`
	ConsumesApis refs `yaml:"consumesApis"`
	DependsOn    refs `yaml:"dependsOn"`
	DependencyOf refs `yaml:"dependencyOf"`
	Parent       refs `yaml:"parent"`
	Children     refs `yaml:"children"`
	Members      refs `yaml:"members"`
	MemberOf     refs `yaml:"memberOf"`
	Target       list `yaml:"target"`
	Targets      list `yaml:"targets"`
	Profile      struct {
		DisplayName text `yaml:"displayName"`
		Email       text `yaml:"email"`
	} `yaml:"profile"`
}

// refs are references to entities as they were written: one, or a list, each a text or a mapping of kind,
// namespace and name (ADR009).
type refs []ref

type ref struct {
	text string
	line int
}

func (r *refs) UnmarshalYAML(n *yaml.Node) error {
	switch n.Kind {
	case yaml.AliasNode:
		return r.UnmarshalYAML(n.Alias)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			if err := r.UnmarshalYAML(c); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		var c struct{ Kind, Namespace, Name string }
		if err := n.Decode(&c); err != nil {
			return err
		}
		text := c.Name
		if len(n.Content) == 2 && strings.HasPrefix(n.Content[0].Value, "$") {
			text = n.Content[0].Value + ": " + n.Content[1].Value // a placeholder, which is not followed
		}
		if c.Namespace != "" {
			text = c.Namespace + "/" + text
		}
		if c.Kind != "" {
			text = c.Kind + ":" + text
		}
		*r = append(*r, ref{text, n.Line})
	case yaml.ScalarNode:
		if n.Tag != "!!null" {
			*r = append(*r, ref{n.Value, n.Line})
		}
	}
	return nil
}

// key is the identity of an entity, in lower case as Backstage compares it.
type key struct{ kind, namespace, name string }

// id is how signalbox calls the entity: its name, behind its namespace where that is not the default one.
func (k key) id() string {
	if k.namespace == "default" {
		return k.name
	}
	return k.namespace + "/" + k.name
}

func (k key) String() string { return k.kind + ":" + k.namespace + "/" + k.name }

// Backstage's default rules for names (KubernetesValidatorFunctions, CommonValidatorFunctions).
var (
	validKind      = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{0,62}$`)
	validName      = regexp.MustCompile(`^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`)
	validNamespace = regexp.MustCompile(`^[a-z0-9]+(-+[a-z0-9]+)*$`)
	validTag       = regexp.MustCompile(`^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$`)
)

const maxLabel = 63

// parse reads a reference "[kind:][namespace/]name". kind and namespace are the defaults; kind may be "".
func (r ref) parse(kind, namespace string) (key, error) {
	k := key{kind: kind, namespace: namespace}
	rest := r.text
	if before, after, ok := strings.Cut(rest, ":"); ok {
		k.kind, rest = strings.ToLower(before), after
	}
	if before, after, ok := strings.Cut(rest, "/"); ok {
		k.namespace, rest = strings.ToLower(before), after
	}
	k.name = strings.ToLower(rest)
	if k.kind != "" && !validKind.MatchString(k.kind) || !validNamespace.MatchString(k.namespace) ||
		len(k.namespace) > maxLabel || !validName.MatchString(k.name) {
		return key{}, release.Errorf(release.Usage, "%q is no reference to an entity", release.Clean(r.text, 80))
	}
	return k, nil
}

var (
	// read are the kinds that say something to signalbox.
	read = []string{"component", "api", "resource", "system", "domain", "group", "user"}
	// passedOver are Backstage's kinds that hold nothing for signalbox, and why. A kind that is in neither list,
	// and is no Location, may be a slip of the pen and is refused.
	passedOver = map[string]string{
		"template":   "a template makes new repositories, and is no service",
		"airesource": "signalbox keeps no resources of this kind",
	}
)

// flaw says why a document is no entity, which line of the file shows it, and which item it would have been,
// as far as that could be read. ignored says that it is a good one, of a kind that holds nothing for signalbox.
type flaw struct {
	line         int
	item, reason string
	ignored      bool
}

// decode reads an entity and checks its envelope.
func decode(file string, d connectors.Document) (*entity, *flaw) {
	item := "document"
	bad := func(format string, args ...any) (*entity, *flaw) {
		return nil, &flaw{line: d.Line, item: item, reason: fmt.Sprintf(format, args...)}
	}
	if d.Err != nil {
		return bad("%s", release.AsError(d.Err).Message)
	}
	if d.Root.Kind != yaml.MappingNode {
		return bad("it is no entity: a mapping of apiVersion, kind, metadata and spec")
	}
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
	}
	if err := d.Root.Decode(&head); err != nil {
		return nil, fault(err, d.Line, item)
	}
	if head.APIVersion == "" || head.Kind == "" {
		return bad("it is no Backstage entity: apiVersion or kind is missing")
	}
	if !backstages(head.APIVersion) {
		return bad("it is no Backstage entity: apiVersion is %q", release.Clean(head.APIVersion, 60))
	}
	kind := strings.ToLower(head.Kind)
	item = release.Clean(kind, 60)
	if why, ok := passedOver[kind]; ok {
		var named struct {
			Metadata struct {
				Name text `yaml:"name"`
			} `yaml:"metadata"`
		}
		if d.Root.Decode(&named) == nil {
			item = strings.TrimSpace(item + " " + release.Clean(named.Metadata.Name.value, 80))
		}
		return nil, &flaw{line: d.Line, item: item, reason: why, ignored: true}
	}
	if !slices.Contains(read, kind) && kind != "location" {
		return bad("signalbox does not read the kind %q", release.Clean(head.Kind, 60))
	}
	e := &entity{}
	if err := d.Root.Decode(e); err != nil {
		return nil, fault(err, d.Line, item)
	}
	if name := release.Clean(e.Metadata.Name, 80); name != "" {
		item += " " + name
	}
	e.file, e.line = file, d.Line
	e.key = key{kind, strings.ToLower(e.Metadata.Namespace), strings.ToLower(e.Metadata.Name)}
	if e.key.namespace == "" {
		e.key.namespace = "default"
	}
	if kind == "location" && e.Metadata.Name == "" {
		return e, nil // its targets are all that is read of it
	}
	if !validName.MatchString(e.Metadata.Name) {
		return bad("metadata.name %q is not a name: letters and digits, with - _ . between them, at most 63", release.Clean(e.Metadata.Name, 80))
	}
	if !validNamespace.MatchString(e.key.namespace) || len(e.key.namespace) > maxLabel {
		return bad("metadata.namespace %q is not a namespace: small letters and digits, with - between them, at most 63", release.Clean(e.Metadata.Namespace, 80))
	}
	return e, nil
}

// place is where the entity stands.
func (e *entity) place() string { return connectors.At(e.file, e.line) }

// backstages reports whether an apiVersion is Backstage's: "backstage.io/v1alpha1" and the like.
func backstages(version string) bool {
	group, _, ok := strings.Cut(version, "/")
	return ok && (group == "backstage.io" || strings.HasSuffix(group, ".backstage.io"))
}

// fault is a flaw that the YAML library found; its lines are those of the file.
func fault(err error, line int, item string) *flaw {
	reason, at := connectors.Fault(err)
	return &flaw{line: max(line, at), item: item, reason: reason}
}
