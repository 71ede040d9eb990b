// Command size prints how large a collector is on disk and how much memory it
// holds when idle, beside the stock distribution's: the same manifest without
// our own components, built with the same tools.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
)

// ours begins the import path of our own components.
const ours = "github.com/phoenix-platform/phoenix"

// idle is what both collectors run: one hostmetrics pipeline to nowhere.
const idle = `
receivers:
  hostmetrics:
    collection_interval: 10s
    scrapers: {cpu: {}, memory: {}, load: {}}
exporters:
  nop: {}
service:
  telemetry:
    metrics: {level: none}
  pipelines:
    metrics:
      receivers: [hostmetrics]
      exporters: [nop]
`

// settle is how long a collector runs before its memory is read.
const settle = 25 * time.Second

func main() {
	config := flag.String("config", "builder-config.yaml", "the manifest that the stock build is derived from")
	binary := flag.String("binary", "bin/otelcol-phoenix", "the collector to measure")
	work := flag.String("work", "dist/stock", "where the stock collector is built")
	flag.Parse()
	if err := run(os.Stdout, *config, *binary, *work); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, config, binary, work string) error {
	stock, err := buildStock(config, work)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "collector\ton disk, MiB\tresident when idle, MiB\t")
	for _, path := range []string{stock, binary} {
		disk, resident, err := measure(path)
		if err != nil {
			return fmt.Errorf("measure %s: %w", path, err)
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t\n", filepath.Base(path), mib(disk), mib(resident))
	}
	return w.Flush()
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// buildStock builds the collector of the manifest without our components.
func buildStock(config, work string) (binary string, err error) {
	raw, err := os.ReadFile(config)
	if err != nil {
		return "", fmt.Errorf("read the manifest: %w", err)
	}
	stock, err := withoutOurs(raw, work)
	if err != nil {
		return "", fmt.Errorf("manifest %s: %w", config, err)
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return "", err
	}
	manifest := work + ".yaml"
	if err := os.WriteFile(manifest, stock, 0o644); err != nil {
		return "", err
	}
	builder := exec.Command("go", "tool", "-modfile=internal/tools/go.mod", "builder", "--config", manifest, "--skip-compilation")
	compile := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags", "grpcnotrace", "-o", "otelcol", ".")
	compile.Dir = work
	for _, c := range []*exec.Cmd{builder, compile} {
		if said, err := c.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build the stock collector: %s: %w\n%s", c, err, said)
		}
	}
	return filepath.Join(work, "otelcol"), nil
}

// withoutOurs takes our components and the line that replaces our module out
// of a manifest.
func withoutOurs(raw []byte, work string) ([]byte, error) {
	var manifest map[string]any
	if err := yaml.Unmarshal(raw, &manifest); err != nil {
		return nil, err
	}
	dist, ok := manifest["dist"].(map[string]any)
	if !ok {
		return nil, errors.New("dist is missing")
	}
	dist["module"], dist["name"], dist["output_path"] = "stock", "otelcol", work
	delete(manifest, "replaces")
	for kind, list := range manifest {
		components, ok := list.([]any)
		if !ok {
			continue
		}
		manifest[kind] = slices.DeleteFunc(components, func(c any) bool {
			entry, ok := c.(map[string]any)
			return ok && strings.HasPrefix(fmt.Sprint(entry["gomod"]), ours)
		})
	}
	return yaml.Marshal(manifest)
}

// measure runs a copy of a collector, made in small pieces: of a file that was
// written in large ones, as the linker does, the kernel maps up to 50 MiB more
// into a process than it uses.
func measure(path string) (disk, resident int64, err error) {
	installed := filepath.Join(os.TempDir(), filepath.Base(path)+".size")
	defer os.Remove(installed)
	if disk, err = install(path, installed); err != nil {
		return 0, 0, err
	}
	child, err := childcollector.Start(childcollector.Settings{Binary: installed, Config: []byte(idle)})
	if err != nil {
		return 0, 0, err
	}
	select {
	case <-child.Done():
		return 0, 0, errors.Join(child.Err(), child.Stop(context.Background()))
	case <-time.After(settle):
	}
	resident, err = residentOf(child.PID())
	return disk, resident, errors.Join(err, child.Stop(context.Background()))
}

func install(from, to string) (size int64, err error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return 0, err
	}
	// Only a plain writer is written to piece by piece.
	size, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 4096))
	return size, errors.Join(err, out.Close())
}

// residentOf reads VmRSS, see proc_pid_status(5).
func residentOf(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmRSS", pid)
}
