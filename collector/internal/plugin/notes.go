package plugin

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Noting is how much a host wants to know of why.
type Noting uint8

// The levels of the contract, in its order.
const (
	// NotingOff: nothing.
	NotingOff Noting = iota
	// NotingActs: what was done, and what could not be told.
	NotingActs
	// NotingLooked: also what was looked at and left.
	NotingLooked
)

// MostNotes is how many notes an answer may have.
const MostNotes = 16_384

// note is what a host checks of a note: see wit/notes.proto.
type note struct {
	carrier, number, deed, rule uint32
	set                         uint32
	hasSet                      bool
}

// The carriers, fields and deeds of the contract end with these.
const (
	lastCarrier = 5
	lastField   = 5
	lastDeed    = 12
	// Notes of these deeds, and of those between them, are told at NotingLooked only.
	firstLooked = 6
	lastLooked  = 7
)

// checkNotes answers with an error where the notes of an answer are not what was
// asked for.
func (i *Instance) checkNotes(bytes, view []byte) error {
	if len(bytes) == 0 {
		return nil
	}
	if i.Noting == NotingOff {
		return breach("answered with notes that nobody asked for")
	}
	notes, ok := readNotes(bytes)
	if !ok {
		return breach("answered with notes that are no `Notes` message")
	}
	if len(notes) > MostNotes {
		return breach("answered with more notes than an answer may have")
	}
	counts := countCarriers(view)
	for _, note := range notes {
		switch {
		case note.number >= counts[wholes[note.carrier]]:
			return breach("answered with a note of what the view does not have")
		case uint64(note.rule) >= uint64(len(i.configured.Rules)):
			return breach("answered with a note of a rule that `configure` did not name")
		case note.hasSet && uint64(note.set) >= uint64(len(i.configured.Writes.Sets)):
			return breach("answered with a note of an attribute that `configure` did not name as set")
		case note.deed >= firstLooked && note.deed <= lastLooked && i.Noting < NotingLooked:
			return breach("answered with notes that nobody asked for")
		}
	}
	return nil
}

// wholes has, by carrier, whether a span (0), a resource (1) or a scope (2) is
// counted.
var wholes = [lastCarrier + 1]int{0, 1, 2, 0, 0, 1}

// countCarriers returns how many spans, resources and scopes a view has.
func countCarriers(view []byte) (counts [3]uint32) {
	eachMessage(view, 1, func(resource []byte) {
		counts[1]++
		eachMessage(resource, 2, func(scope []byte) {
			counts[2]++
			eachMessage(scope, 2, func([]byte) { counts[0]++ })
		})
	})
	return counts
}

// eachMessage goes through the fields of this number, which hold messages. A view
// is the host's own: it can be decoded.
func eachMessage(message []byte, number protowire.Number, visit func(inner []byte)) {
	_ = eachField(message, func(found protowire.Number, kind protowire.Type, value []byte) bool {
		if found == number && kind == protowire.BytesType {
			inner, _ := protowire.ConsumeBytes(value)
			visit(inner)
		}
		return true
	})
}

// eachField goes through the fields of a message. It says whether all could be
// read, and visit took each.
func eachField(message []byte, visit func(number protowire.Number, kind protowire.Type, value []byte) bool) bool {
	for len(message) > 0 {
		number, kind, length := protowire.ConsumeTag(message)
		if length < 0 {
			return false
		}
		message = message[length:]
		length = protowire.ConsumeFieldValue(number, kind, message)
		if length < 0 || !visit(number, kind, message[:length]) {
			return false
		}
		message = message[length:]
	}
	return true
}

// readNotes reads the message Notes, to the letter of wit/notes.proto. Of more than
// MostNotes it holds one more than that, and only looks at the others.
func readNotes(bytes []byte) (notes []note, ok bool) {
	ok = eachField(bytes, func(number protowire.Number, kind protowire.Type, value []byte) bool {
		switch {
		case number == 1 && kind == protowire.BytesType:
			content, _ := protowire.ConsumeBytes(value)
			note, ok := readNote(content)
			if len(notes) <= MostNotes {
				notes = append(notes, note)
			}
			return ok
		case number == 2:
			_, ok := number32(kind, value)
			return ok
		}
		return false
	})
	return notes, ok
}

func readNote(bytes []byte) (n note, ok bool) {
	ok = eachField(bytes, func(number protowire.Number, kind protowire.Type, value []byte) bool {
		if number == 6 || number == 7 {
			path, length := protowire.ConsumeBytes(value)
			n.hasSet = false
			return kind == protowire.BytesType && length >= 0 && isPath(path)
		}
		found, ok := number32(kind, value)
		switch number {
		case 1:
			n.carrier = found
			return ok && found <= lastCarrier
		case 2:
			n.number = found
		case 3:
		case 4:
			n.hasSet = false
			return ok && found <= lastField
		case 5:
			n.set, n.hasSet = found, true
		case 8:
			n.deed = found
			return ok && found <= lastDeed
		case 9:
			n.rule = found
		default:
			return false
		}
		return ok
	})
	return n, ok
}

// isPath says whether a message is a Path.
func isPath(bytes []byte) bool {
	return eachField(bytes, func(number protowire.Number, kind protowire.Type, value []byte) bool {
		if number != 1 || kind != protowire.BytesType {
			return false
		}
		positions, _ := protowire.ConsumeBytes(value)
		for len(positions) > 0 {
			position, length := protowire.ConsumeVarint(positions)
			if length < 0 || position > math.MaxUint32 {
				return false
			}
			positions = positions[length:]
		}
		return true
	})
}

func number32(kind protowire.Type, value []byte) (uint32, bool) {
	if kind != protowire.VarintType {
		return 0, false
	}
	number, length := protowire.ConsumeVarint(value)
	return uint32(number), length >= 0 && number <= math.MaxUint32
}
