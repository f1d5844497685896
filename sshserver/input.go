package sshserver

import (
	"io"
)

// input is what the caller types, in pieces, for as long as the session lasts. A channel of the connection
// cannot be waited for otherwise: a read of it ends only with the connection.
type input struct {
	from io.Reader
	data chan []byte
	done <-chan struct{}
}

func newInput(from io.Reader, done <-chan struct{}) *input {
	return &input{from: from, data: make(chan []byte), done: done}
}

// pump reads until the client stops typing for good. A client without a keyboard (a wall whose standard
// input is /dev/null) is one that types nothing, not one that has left.
func (in *input) pump() {
	for {
		b := make([]byte, 1024)
		n, err := in.from.Read(b)
		if n > 0 {
			select {
			case in.data <- b[:n]:
			case <-in.done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}
