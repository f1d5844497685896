package gitlab

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The structs of this file name the fields that are read, and no others, and take each in any of the forms in
// which GitLab's versions have written it: a field that is added, dropped or retyped elsewhere in a payload
// must not cost a fact. (client-go's own types decode whole objects and fail on the first surprise.)

type project struct {
	Path   text `json:"path_with_namespace"`
	WebURL text `json:"web_url"`
	HTTP   text `json:"http_url"`
}

type repository struct {
	Homepage text `json:"homepage"`
	HTTP     text `json:"git_http_url"`
}

// envelope is what most events have.
type envelope struct {
	Project    project    `json:"project"`
	Repository repository `json:"repository"`
	User       user       `json:"user"`
}

type user struct {
	ID       number `json:"id"`
	Username text   `json:"username"`
	Name     text   `json:"name"`
	Email    text   `json:"email"`
	// State is how a reviewer of a merge request stands, such as requested_changes.
	State text `json:"state"`
}

type commit struct {
	ID        text  `json:"id"`
	Message   text  `json:"message"`
	Timestamp stamp `json:"timestamp"`
	Author    struct {
		Name  text `json:"name"`
		Email text `json:"email"`
	} `json:"author"`
}

type mergeRequest struct {
	IID         number  `json:"iid"`
	Title       text    `json:"title"`
	State       text    `json:"state"`
	Action      text    `json:"action"`
	System      flag    `json:"system"`
	AuthorID    number  `json:"author_id"`
	LastCommit  *commit `json:"last_commit"`
	MergeCommit text    `json:"merge_commit_sha"`
	Target      project `json:"target"`
	URL         text    `json:"url"`
	CreatedAt   stamp   `json:"created_at"`
	UpdatedAt   stamp   `json:"updated_at"`
}

type job struct {
	Status        text   `json:"build_status"`
	ID            number `json:"build_id"`
	Name          text   `json:"build_name"`
	SHA           text   `json:"sha"`
	AllowFailure  flag   `json:"build_allow_failure"`
	FailureReason text   `json:"build_failure_reason"`
	CreatedAt     stamp  `json:"build_created_at"`
	StartedAt     stamp  `json:"build_started_at"`
	FinishedAt    stamp  `json:"build_finished_at"`
}

type pipeline struct {
	ID         number `json:"id"`
	Name       text   `json:"name"`
	SHA        text   `json:"sha"`
	Source     text   `json:"source"`
	Status     text   `json:"status"`
	URL        text   `json:"url"`
	CreatedAt  stamp  `json:"created_at"`
	FinishedAt stamp  `json:"finished_at"`
}

type deployment struct {
	ID            number `json:"deployment_id"`
	Status        text   `json:"status"`
	ChangedAt     stamp  `json:"status_changed_at"`
	Environment   text   `json:"environment"`
	Ref           text   `json:"ref"`
	ShortSHA      text   `json:"short_sha"`
	CommitURL     text   `json:"commit_url"`
	CommitTitle   text   `json:"commit_title"`
	DeployableURL text   `json:"deployable_url"`
}

// text is a string, or a number as it was written; any other value reads as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*t = text(b)
	}
	return nil
}

// UnmarshalJSON reads an object; any other value is nobody.
func (u *user) UnmarshalJSON(b []byte) error {
	type plain user
	*u = user{}
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*plain)(u))
}

// number is a whole number from 0 up, also where it was written as a string; any other value reads as 0.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil || v < 0 {
		v = 0
	}
	*n = number(v)
	return nil
}

func (n number) String() string { return strconv.FormatInt(int64(n), 10) }

// flag is true, also where it was written as a string; any other value reads as false.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	*f = strings.Trim(string(b), `"`) == "true"
	return nil
}

// stamp is an instant in one of the forms in which GitLab writes it. Anything else reads as no instant.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	s.Time = time.Time{}
	written, err := strconv.Unquote(string(b))
	if err != nil {
		return nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(form, written); err == nil {
			// One that no commit can have is a fault of the sender; beyond the year 9999 it could not be written down.
			if t = t.UTC(); t.Year() >= 1970 && t.Year() < 2200 {
				s.Time = t
			}
			return nil
		}
	}
	return nil
}

// or returns the first instant there is, in UTC.
func (s stamp) or(others ...time.Time) time.Time {
	for _, t := range append([]time.Time{s.Time}, others...) {
		if !t.IsZero() {
			return t.UTC()
		}
	}
	return time.Time{}
}
