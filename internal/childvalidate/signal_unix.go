//go:build unix

package childvalidate

import (
	"os"
	"slices"
	"syscall"
)

// isTold reports whether a child was asked to end, by another than us.
func isTold(s *os.ProcessState) bool {
	return endedBy(s, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
}

// isKilled reports whether a child was ended, as the kernel does when there is no
// memory left.
func isKilled(s *os.ProcessState) bool { return endedBy(s, syscall.SIGKILL) }

// overTime reports whether a child was ended for the time that it computed.
func overTime(s *os.ProcessState) bool { return endedBy(s, syscall.SIGXCPU) }

func endedBy(s *os.ProcessState, signals ...syscall.Signal) bool {
	status, ok := s.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && slices.Contains(signals, status.Signal())
}
