package lapidaryprocessor

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component/componentstatus"
)

// health is the status of the component: well only where nothing is wrong with any of
// its plugins.
type health struct {
	mu     sync.Mutex
	wrong  map[any]error
	report func(*componentstatus.Event)
}

// set says what is wrong with something; nil, that it is well again. The first that is
// wrong makes the status a recoverable error, the last that is mended ends that.
func (h *health) set(what any, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := len(h.wrong)
	if err == nil {
		delete(h.wrong, what)
	} else {
		if h.wrong == nil {
			h.wrong = make(map[any]error)
		}
		h.wrong[what] = err
	}
	switch {
	case before == 0 && len(h.wrong) > 0:
		h.report(componentstatus.NewRecoverableErrorEvent(err))
	case before > 0 && len(h.wrong) == 0:
		h.report(componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// watchEvery is how often somebody looks for calls that do not end.
const watchEvery = time.Second

// watchLoop looks for calls that go on although their time is over.
func (p *tracesProcessor) watchLoop(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.lookForOverdue()
		}
	}
}

// overdueCalls is what is wrong where calls are overdue.
type overdueCalls struct{}

func (p *tracesProcessor) lookForOverdue() {
	var err error
	lines := p.loader.watch.Overdue()
	for _, line := range lines {
		err = errors.Join(err, errors.New(line))
	}
	if len(lines) > p.overdue {
		p.logger.Error(err.Error())
	}
	if len(lines) == 0 && p.overdue > 0 {
		p.logger.Info("no call runs longer than it may any more")
	}
	p.overdue = len(lines)
	p.health.set(overdueCalls{}, err)
}
