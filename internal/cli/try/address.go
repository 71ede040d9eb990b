package try

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// checkLoopback refuses an address that others than this host's users reach.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen: %w; give it as 127.0.0.1:9464", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen: %s is not a loopback address, and process names and owners are nobody else's business; use 127.0.0.1:PORT", address)
	}
	return nil
}

// reserve finds out whether an address is free, and which port 0 stands for.
func reserve(address string) (string, error) {
	if err := checkLoopback(address); err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", fmt.Errorf("--listen: the port of %s is taken; end what listens there, or choose another: --listen 127.0.0.1:0 takes any free one", address)
	}
	if err != nil {
		return "", fmt.Errorf("--listen: %w; choose another address on loopback, such as 127.0.0.1:0", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
