//go:build !linux

package childcollector

import "syscall"

func withParent() *syscall.SysProcAttr { return nil }
