package views

import "signalbox/views/filter"

// Filtering is a view whose filter has a language: the prompt shows and completes its fields, and says what
// cannot be read.
type Filtering interface {
	View
	Language() filter.Language
}
