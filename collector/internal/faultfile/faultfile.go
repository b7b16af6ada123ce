// Package faultfile appends to a file what only the owner of a key may read. Each
// entry is an age file of its own, in armor, one behind the other: whoever writes
// needs no secret and never reads, one that is damaged costs itself alone, and a text
// editor or `csplit` tells where each begins.
package faultfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// File is where entries go. It is opened anew for each, so that it may be moved away
// at any time.
type File struct {
	path       string
	recipients []age.Recipient
	limit      int64
}

// New returns a file that may grow to so many bytes.
func New(path string, recipients []age.Recipient, limit int64) *File {
	return &File{path: path, recipients: recipients, limit: limit}
}

// FullError says that an entry would make the file longer than it may be.
type FullError struct{ Limit int64 }

// Error says how long the file may be.
func (e *FullError) Error() string {
	return fmt.Sprintf("a file that would be longer than %d MiB", e.Limit>>20)
}

// writing keeps several processors from one file at a time: the same one in two
// pipelines is two.
var writing sync.Mutex

// Try opens the file, and makes it where it is missing.
func (f *File) Try() error {
	writing.Lock()
	defer writing.Unlock()
	file, _, err := f.open()
	if err != nil {
		return err
	}
	return file.Close()
}

// Append encrypts an entry, and writes all of it or nothing.
func (f *File) Append(entry []byte) error {
	block, err := f.encrypt(entry)
	if err != nil {
		return err
	}
	writing.Lock()
	defer writing.Unlock()
	file, size, err := f.open()
	if err != nil {
		return err
	}
	return errors.Join(f.write(file, size, block), file.Close())
}

// encrypt is the only way of an entry to the disk: what it returns no longer has it.
func (f *File) encrypt(entry []byte) ([]byte, error) {
	var block bytes.Buffer
	armored := armor.NewWriter(&block)
	encrypted, err := age.Encrypt(armored, f.recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := encrypted.Write(entry); err != nil {
		return nil, err
	}
	if err := errors.Join(encrypted.Close(), armored.Close()); err != nil {
		return nil, err
	}
	return block.Bytes(), nil
}

// open says how long the file is, too. Nobody else may read one that it makes.
func (f *File) open() (*os.File, int64, error) {
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("a pipe or a device")
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

func (f *File) write(file *os.File, size int64, block []byte) error {
	// Half an entry is left where a process or a machine ended over it.
	if size > 0 && !endsALine(file, size) {
		block = append([]byte{'\n'}, block...)
	}
	if size+int64(len(block)) > f.limit {
		return &FullError{Limit: f.limit}
	}
	if _, err := file.Write(block); err != nil {
		return errors.Join(err, file.Truncate(size))
	}
	return nil
}

func endsALine(file io.ReaderAt, size int64) bool {
	var last [1]byte
	_, err := file.ReadAt(last[:], size-1)
	return err == nil && last[0] == '\n'
}
