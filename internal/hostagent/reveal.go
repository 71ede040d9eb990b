package hostagent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// maxReveal is how long everything may be shown at most: it costs what the
// configuration was made to save.
const maxReveal = 24 * time.Hour

// reveal is a time in which what runs drops nothing.
type reveal struct {
	until     time.Time
	effective *ownership.Effective
}

// Reveal has the processors of the remote configuration drop nothing for some
// time, or ends that with 0. A newer configuration and a restart end it, too.
func (a *Agent) Reveal(d time.Duration) error {
	if d < 0 || d > maxReveal {
		return fmt.Errorf("reveal for %s: give at most %s, or 0 to end it", d, maxReveal)
	}
	a.changes.Lock()
	defer a.changes.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if d == 0 {
		return a.conceal()
	}
	if err := a.mayReveal(); err != nil {
		return err
	}
	e := a.serving.runs.effective
	revealed := &ownership.Effective{Config: ownership.Reveal(e.Config), Redacted: ownership.Reveal(e.Redacted)}
	change := ownership.Live(e.Config, revealed.Config)
	if len(change.Settings) == 0 {
		return errors.New("nothing that runs drops anything; there is nothing to reveal")
	}
	until := time.Now().Add(d)
	if err := a.writeReveal(until); err != nil {
		return err
	}
	if err, same := a.ask(ownership.Live(a.running().Config, revealed.Config).Settings); err != nil || !same {
		return errors.Join(err, errors.New("what runs was not changed"))
	}
	a.reveal = reveal{until, revealed}
	a.out.news = true
	a.nudge()
	return nil
}

// mayReveal says why nothing can be revealed now.
func (a *Agent) mayReveal() error {
	switch state := a.life.State(); {
	case !a.serving.up || a.serving.leaving || a.service == nil:
		return errors.New("the collector is about to run another configuration; try again in a moment")
	case state.Phase == remoteconfig.Armed || state.Phase == remoteconfig.Trial:
		return errors.New("a configuration is on trial; try again when it is confirmed")
	}
	return nil
}

// conceal ends a reveal.
func (a *Agent) conceal() error {
	if a.reveal.effective == nil {
		return nil
	}
	settings := ownership.Live(a.reveal.effective.Config, a.serving.runs.effective.Config).Settings
	if err, same := a.ask(settings); err != nil && same {
		return fmt.Errorf("end the reveal: %w", err)
	}
	a.forgetReveal()
	a.out.news = true
	a.nudge()
	return nil
}

// endReveal ends a reveal whose time is over. If what runs cannot be changed,
// the collector reloads.
func (a *Agent) endReveal(now time.Time) {
	a.changes.Lock()
	defer a.changes.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reveal.until.IsZero() || now.Before(a.reveal.until) || !a.serving.up || a.service == nil {
		return
	}
	if err := a.conceal(); err != nil {
		a.problem(err.Error() + "; the collector reloads instead")
		a.serving.refused = true
		a.forgetReveal()
		a.nudge()
	}
}

// revealFile says on the disk until when everything is shown.
func (a *Agent) revealFile() string { return filepath.Join(a.file.StateDir, "reveal.json") }

func (a *Agent) writeReveal(until time.Time) error {
	text, err := json.Marshal(map[string]time.Time{"until": until.UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.revealFile(), text, 0o600); err != nil {
		return fmt.Errorf("note the reveal's end: %w; nothing is revealed", err)
	}
	return nil
}

// forgetReveal notes that what runs shows no more than it should.
func (a *Agent) forgetReveal() {
	if a.reveal != (reveal{}) {
		a.reveal = reveal{}
		_ = os.Remove(a.revealFile()) // the next start removes it as well
	}
}

// endedByRestart says that a reveal ended with the process before.
func (a *Agent) endedByRestart() {
	if os.Remove(a.revealFile()) == nil {
		a.log.Warn("a reveal ended with the restart of the collector; ask for it again if it is still needed")
	}
}
