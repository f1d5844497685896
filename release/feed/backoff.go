package feed

import "time"

// MostBackoff is the longest pause between tries.
const MostBackoff = 2 * time.Minute

// Backoff is how long to wait after the n-th failure in a row (from 1): one second, doubled each time, at
// most two minutes. What needs a secret or a corrected configuration waits the two minutes at once: asking
// again changes nothing, but a person may. jitter is a random number in [0, 1) and takes up to a quarter off,
// so that many feeds of one source do not come back together.
func Backoff(n int, class Class, jitter float64) time.Duration {
	wait := MostBackoff
	if class == Retry && n < 8 {
		wait = time.Second << max(n-1, 0)
	}
	return wait - time.Duration(float64(wait)*jitter/4)
}
