// Package evidence owns what outside systems say of a commit: who wrote it, who reviewed it, which checks
// ran on it and how they ended. It judges nothing and imports only package access.
package evidence

import (
	"time"

	"signalbox/release/access"
)

// Commit is one commit of a repository as a forge described it. Forge is "github.com" or "gitlab.com",
// Repo the lower-case slug.
type Commit struct {
	Forge   string            `json:"forge"`
	Repo    string            `json:"repo"`
	SHA     string            `json:"sha"`
	Title   string            `json:"title"`
	Authors []access.Identity `json:"authors"` // author, committer where human, Co-authored-by
	At      time.Time         `json:"at"`
}

// PullRequest is a proposed merge. Head is the commit at its tip, Merge the commit it became ("" while
// open). Lines and Files are 0 where the forge did not say.
type PullRequest struct {
	Forge  string          `json:"forge"`
	Repo   string          `json:"repo"`
	Number int             `json:"number"`
	Title  string          `json:"title"`
	State  string          `json:"state"` // open, merged, closed
	Author access.Identity `json:"author"`
	Head   string          `json:"head"`
	Merge  string          `json:"merge,omitempty"`
	Lines  int             `json:"lines"`
	Files  int             `json:"files"`
	URL    string          `json:"url"`
	At     time.Time       `json:"at"`
}

// Review is one reviewer's last word on a pull request at a commit.
type Review struct {
	Forge    string          `json:"forge"`
	Repo     string          `json:"repo"`
	Number   int             `json:"number"`
	SHA      string          `json:"sha"`
	Reviewer access.Identity `json:"reviewer"`
	State    string          `json:"state"` // approved, changes_requested, commented, dismissed
	At       time.Time       `json:"at"`
}

// Result is how a check ended.
type Result string

const (
	Pass    Result = "pass"
	Fail    Result = "fail"
	Pending Result = "pending" // queued or running
	Neutral Result = "neutral" // skipped, or ended without a judgement: counts neither way
)

// Check is one check run or workflow run on a commit; the newest by At replaces an older one of the same
// name.
type Check struct {
	Forge  string    `json:"forge"`
	Repo   string    `json:"repo"`
	SHA    string    `json:"sha"`
	Kind   string    `json:"kind"` // check, workflow
	Name   string    `json:"name"`
	Result Result    `json:"result"`
	Detail string    `json:"detail,omitempty"`
	URL    string    `json:"url,omitempty"`
	At     time.Time `json:"at"`
}

// Dossier is everything known of one commit.
type Dossier struct {
	Commit  *Commit       `json:"commit,omitempty"`
	Pulls   []PullRequest `json:"pulls,omitempty"`
	Reviews []Review      `json:"reviews,omitempty"`
	Checks  []Check       `json:"checks,omitempty"`
}

// Score counts the checks that passed and those that count at all: neutral ones do not.
func Score(checks []Check) (passed, of int) {
	for _, c := range checks {
		switch c.Result {
		case Pass:
			passed++
			of++
		case Fail, Pending:
			of++
		}
	}
	return passed, of
}
