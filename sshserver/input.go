package sshserver

import (
	"io"
	"sync"
)

// input is what the caller types, as a reader that can be stopped. A channel cannot: a read of it ends only
// with the connection.
type input struct {
	from    io.Reader
	data    chan []byte
	stopped chan struct{}
	once    sync.Once
	rest    []byte // of the last piece, for Read
}

func newInput(from io.Reader) *input {
	return &input{from: from, data: make(chan []byte), stopped: make(chan struct{})}
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
			case <-in.stopped:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Read returns what was typed, or errEnded after stop.
func (in *input) Read(p []byte) (int, error) {
	select {
	case <-in.stopped:
		return 0, errEnded
	default:
	}
	if len(in.rest) == 0 {
		select {
		case in.rest = <-in.data:
		case <-in.stopped:
			return 0, errEnded
		}
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

// stop ends every Read, now and later.
func (in *input) stop() { in.once.Do(func() { close(in.stopped) }) }
