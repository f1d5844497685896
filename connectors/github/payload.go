package github

import (
	"encoding/json"
	"strconv"
	"time"
)

// The structs of this file name the fields that are read, and no others: a field that GitHub adds, drops or
// retypes elsewhere in a payload must not cost a fact. (go-github's own types decode whole objects, and one
// timestamp in an unexpected form fails the event.)

type account struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

type repository struct {
	FullName string `json:"full_name"`
	HTMLURL  string `json:"html_url"`
	PushedAt stamp  `json:"pushed_at"`
}

// envelope is what every event has.
type envelope struct {
	Action     string     `json:"action"`
	Repository repository `json:"repository"`
	Sender     *account   `json:"sender"`
}

type deployment struct {
	ID          int64           `json:"id"`
	SHA         string          `json:"sha"`
	Ref         string          `json:"ref"`
	Environment string          `json:"environment"`
	Description string          `json:"description"`
	Payload     json.RawMessage `json:"payload"`
	Creator     *account        `json:"creator"`
	CreatedAt   stamp           `json:"created_at"`
}

type deploymentStatus struct {
	State       string `json:"state"`
	Environment string `json:"environment"`
	TargetURL   string `json:"target_url"`
	LogURL      string `json:"log_url"`
	CreatedAt   stamp  `json:"created_at"`
}

type published struct {
	TagName     string `json:"tag_name"`
	Target      string `json:"target_commitish"`
	Name        string `json:"name"`
	Draft       bool   `json:"draft"`
	Prerelease  bool   `json:"prerelease"`
	HTMLURL     string `json:"html_url"`
	CreatedAt   stamp  `json:"created_at"`
	PublishedAt stamp  `json:"published_at"`
}

type signature struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Username string `json:"username"`
}

type commit struct {
	ID        string    `json:"id"`
	Message   string    `json:"message"`
	Timestamp stamp     `json:"timestamp"`
	Author    signature `json:"author"`
	Committer signature `json:"committer"`
}

type pullRequest struct {
	Number       int      `json:"number"`
	Title        string   `json:"title"`
	State        string   `json:"state"`
	Merged       bool     `json:"merged"`
	MergedAt     stamp    `json:"merged_at"`
	MergeCommit  string   `json:"merge_commit_sha"`
	User         *account `json:"user"`
	Additions    int      `json:"additions"`
	Deletions    int      `json:"deletions"`
	ChangedFiles int      `json:"changed_files"`
	HTMLURL      string   `json:"html_url"`
	CreatedAt    stamp    `json:"created_at"`
	UpdatedAt    stamp    `json:"updated_at"`
	Head         struct {
		SHA string `json:"sha"`
	} `json:"head"`
}

type review struct {
	User        *account `json:"user"`
	State       string   `json:"state"`
	CommitID    string   `json:"commit_id"`
	SubmittedAt stamp    `json:"submitted_at"`
}

type checkRun struct {
	Name        string `json:"name"`
	HeadSHA     string `json:"head_sha"`
	Status      string `json:"status"`
	Conclusion  string `json:"conclusion"`
	HTMLURL     string `json:"html_url"`
	DetailsURL  string `json:"details_url"`
	StartedAt   stamp  `json:"started_at"`
	CompletedAt stamp  `json:"completed_at"`
	Output      struct {
		Title string `json:"title"`
	} `json:"output"`
}

type workflowRun struct {
	Name         string `json:"name"`
	Path         string `json:"path"`
	DisplayTitle string `json:"display_title"`
	HeadSHA      string `json:"head_sha"`
	Status       string `json:"status"`
	Conclusion   string `json:"conclusion"`
	HTMLURL      string `json:"html_url"`
	CreatedAt    stamp  `json:"created_at"`
	UpdatedAt    stamp  `json:"updated_at"`
}

// stamp is an instant as GitHub writes it: RFC 3339, or seconds since 1970 in pushes. Anything else reads
// as no instant.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	s.Time = time.Time{}
	if text, err := strconv.Unquote(string(b)); err == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			s.set(t)
		}
		return nil
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		s.set(time.Unix(n, 0))
	}
	return nil
}

// set keeps an instant that a commit can have. One outside is a fault of the sender, and beyond the year
// 9999 it could not even be written down.
func (s *stamp) set(t time.Time) {
	if t = t.UTC(); t.Year() >= 1970 && t.Year() < 2200 {
		s.Time = t
	}
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
