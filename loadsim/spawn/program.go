package spawn

import (
	"embed"
	"errors"
	"runtime"
)

//go:embed built
var built embed.FS

// zygoteName is the zygote's executable in the run's folder. No process of the
// load can have this path.
const zygoteName = "loadsim-zygote"

// ErrNoChild is returned by New when the child program was not compiled before
// the Go program was.
var ErrNoChild = errors.New("this loadsim was built without its child program: run make build")

func program() ([]byte, error) {
	code, err := built.ReadFile("built/child-" + runtime.GOARCH)
	if err != nil {
		return nil, ErrNoChild
	}
	return code, nil
}
