//go:build !linux

package plugin

import "time"

// threadID is the same for all: threads have no names here.
func threadID() int { return 1 }

// systemClock is that of the machine, whose threads have no clocks of their own.
var systemClock = Clock{Wall: time.Now}
