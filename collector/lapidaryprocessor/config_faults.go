package lapidaryprocessor

import (
	"fmt"
	"strings"

	"filippo.io/age"
)

// FaultsConfig says where the content of spans at fault is kept, and for whom.
type FaultsConfig struct {
	// File is the path of the file. It is made where it is missing, not its folder.
	// Required.
	File string `mapstructure:"file"`

	// Recipients are whose keys open it, as age-keygen prints them. Required.
	Recipients []string `mapstructure:"recipients"`

	// MaxMiB is how long the file may be, in MiB, from 1 to 1048576. What would make
	// it longer is not kept. Default: 64.
	MaxMiB int `mapstructure:"max_mib"`
}

const (
	// defaultFaultsMiB is some 100,000 spans.
	defaultFaultsMiB = 64
	mostFaultsMiB    = 1 << 20
)

// faults returns nil where nothing is to be kept.
func (f *fields) faults() *FaultsConfig {
	value, _ := f.take("faults")
	if value = parsed(value); value == nil {
		return nil
	}
	inside, ok := f.below("faults", value)
	if !ok {
		// Somebody may have written a key here.
		f.wrong("faults", found(value, unsaid), "a map of `file` and `recipients`")
		return nil
	}
	const aFile = "the path of a file"
	c := &FaultsConfig{MaxMiB: defaultFaultsMiB}
	if c.File = inside.text("file", aFile, said); c.File == "" && !inside.isWrong("file") {
		inside.wrong("file", "nothing", aFile)
	}
	c.Recipients = inside.recipients()
	mib := float64(c.MaxMiB)
	inside.whole("max_mib", &mib, 1, mostFaultsMiB, "a whole number from 1 to 1048576")
	c.MaxMiB = int(mib)
	inside.finish()
	return c
}

func (f *fields) recipients() []string {
	const expected = "a list of recipients such as `age1…`"
	value, _ := f.take("recipients")
	list, ok := plain(value).([]any)
	switch {
	case !ok && value != nil:
		f.wrong("recipients", found(value, unsaid), expected)
	case len(list) == 0:
		f.wrong("recipients", "none", expected)
	}
	var recipients []string
	for index, item := range list {
		text, _ := item.(string)
		if _, err := age.ParseX25519Recipient(text); err != nil {
			f.notARecipient(fmt.Sprintf("recipients[%d]", index), item, text)
		}
		recipients = append(recipients, text)
	}
	return recipients
}

// notARecipient says what stands in the place of one, and never a secret key.
func (f *fields) notARecipient(key string, item any, text string) {
	switch {
	case strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-"):
		f.wrong(key, "a secret key", "its recipient, which `age-keygen -y` prints")
	default:
		may := unsaid
		if strings.HasPrefix(text, "age1") {
			may = said
		}
		f.wrong(key, found(item, may), "a recipient such as `age1…`, as `age-keygen` prints it")
	}
}

// asMap is the config as it would be written.
func (c *FaultsConfig) asMap() any {
	if c == nil {
		return nil
	}
	recipients := make([]any, len(c.Recipients))
	for index, recipient := range c.Recipients {
		recipients[index] = recipient
	}
	return map[string]any{"file": c.File, "recipients": recipients, "max_mib": c.MaxMiB}
}
