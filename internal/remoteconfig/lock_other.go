//go:build !unix

package remoteconfig

import "os"

// lock opens a state directory. Here nothing keeps a second collector from it.
func lock(dir string) (*os.File, error) { return os.Open(dir) }
