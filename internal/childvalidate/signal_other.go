//go:build !unix

package childvalidate

import "os"

func isTold(*os.ProcessState) bool { return false }

func isKilled(*os.ProcessState) bool { return false }

func overTime(*os.ProcessState) bool { return false }
