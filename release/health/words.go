package health

import (
	"fmt"
	"strconv"
)

func words(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// times writes a burn rate: 14.4x.
func times(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + "x" }
