package agentfile

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Advice returns what the owner should know about the file at path and those
// that it names: who can read tokens, who can change what the agent obeys, and
// tokens that are not encrypted on their way. Empty: nothing.
func Advice(path string, f *File) []string {
	var advice []string
	for _, trusted := range append([]string{path, f.Bootstrap}, f.ConfigFiles...) {
		advice = append(advice, writable(trusted)...)
	}
	for _, secret := range f.secretFiles() {
		advice = append(advice, writable(secret)...)
		advice = append(advice, readable(secret)...)
	}
	if f.Server.sendsInTheClear() {
		advice = append(advice, fmt.Sprintf("server::endpoint: %s is not encrypted, so that everybody on the way can read the token; write wss:// or https://", f.Server.Endpoint))
	}
	return advice
}

// writable warns of a file that others than its owner can change.
func writable(path string) []string {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o022 != 0 {
		return []string{fmt.Sprintf("%s can be written by others than its owner, and the agent obeys it; run chmod go-w %s", path, path)}
	}
	return nil
}

// readable warns of a file that everybody can read, or that is not there.
func readable(path string) []string {
	info, err := os.Stat(path)
	if err != nil {
		return []string{fmt.Sprintf("%v; create the file, or correct the path in the agent file", err)}
	}
	if info.Mode().Perm()&0o004 != 0 {
		return []string{fmt.Sprintf("%s can be read by everybody on this host, and holds a secret; run chmod o-r %s", path, path)}
	}
	return nil
}

// secretFiles lists the files that hold tokens, keys and secrets.
func (f *File) secretFiles() []string {
	files := []string{f.Server.TokenFile, f.Server.EnrolmentTokenFile, f.Server.TLS.KeyFile, f.Page.TokenFile}
	for _, d := range f.Destinations {
		files = append(files, d.TLS.KeyFile)
		for _, value := range d.Headers {
			parts, _ := Split(value) // was checked when the file was read
			for _, part := range parts {
				files = append(files, fileOf(part.Reference))
			}
		}
	}
	for _, s := range f.Allow.Secrets {
		r, _ := ParseReference(s.Use)
		files = append(files, fileOf(&r))
	}
	slices.Sort(files)
	return slices.DeleteFunc(slices.Compact(files), func(path string) bool { return path == "" })
}

func fileOf(r *Reference) string {
	if r == nil || r.Scheme != "file" {
		return ""
	}
	return r.Name
}

// sendsInTheClear reports whether the token goes unencrypted to another host.
func (s Server) sendsInTheClear() bool {
	rest, plain := strings.CutPrefix(s.Endpoint, "ws://")
	if !plain {
		rest, plain = strings.CutPrefix(s.Endpoint, "http://")
	}
	local := strings.HasPrefix(rest, "127.") || strings.HasPrefix(rest, "localhost") || strings.HasPrefix(rest, "[::1]")
	return plain && !local && (s.TokenFile != "" || s.EnrolmentTokenFile != "")
}
