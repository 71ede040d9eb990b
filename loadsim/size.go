package loadsim

import "fmt"

// Size writes a number of bytes for people.
func Size(bytes int64) string {
	const step = 1024
	value, unit := float64(bytes), 0
	for value >= step && unit < 4 {
		value, unit = value/step, unit+1
	}
	return fmt.Sprintf("%.4g %s", value, [...]string{"B", "KiB", "MiB", "GiB", "TiB"}[unit])
}
