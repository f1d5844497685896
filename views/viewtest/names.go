package viewtest

import (
	"context"

	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/release/names"
)

// Names is what has a name in the company.
func (c *Company) Names(context.Context) (*names.Names, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	var letters []feed.Letter
	for _, l := range c.Lines {
		letters = append(letters, l.Letters...)
	}
	e, _ := c.engine()
	return names.New(catalog.New(c.Facts, 1, c.At), c.Persons, c.Freezes, letters, c.At).Contest(c.standing(e)), nil
}
