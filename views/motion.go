package views

// Far is further than any list is long.
const Far = 1 << 20

// Motion reads the keys that move along a list or a page: j k and the arrows by a row, ^d ^u by half of what is
// shown, the page keys by all of it, gg ge home end to the ends. A view keeps it, since g begins a pair.
type Motion struct{ pair bool }

// Key says by how many rows a key moves, ±Far to the ends, where half and whole are the rows of half of what is shown
// and of all of it. It moves by 0 rows where it begins a pair, and does not where it is none of these keys.
func (m *Motion) Key(k string, half, whole int) (by int, moves bool) {
	pair := m.pair
	m.pair = k == "g" && !pair
	switch k {
	case "g":
		if m.pair {
			return 0, true
		}
		return -Far, true
	case "e":
		if pair {
			return Far, true
		}
	case "j", "down":
		return 1, true
	case "k", "up":
		return -1, true
	case "home":
		return -Far, true
	case "end":
		return Far, true
	case "ctrl+d":
		return half, true
	case "ctrl+u":
		return -half, true
	case "pgdown":
		return whole, true
	case "pgup":
		return -whole, true
	}
	return 0, false
}
