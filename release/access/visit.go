package access

import "time"

// Visit is a session that is open: who is in, from where, since when. Ids are "S-1". Processes that share a
// store see each other's.
type Visit struct {
	ID     string    `json:"id"`
	Person PersonID  `json:"person"`
	From   string    `json:"from"`    // address of the client
	Host   string    `json:"host"`    // process that serves it, "HOST:PID"
	Since  time.Time `json:"since"`   // UTC
	SeenAt time.Time `json:"seen_at"` // when its process last said that it is open
	// EndedBy is who asked for its end; its process ends it as soon as it reads that.
	EndedBy PersonID `json:"ended_by,omitempty"`
}
