package profile

import (
	"fmt"
	"strings"
	"time"
)

func (c *checks) kind(at string, k *Kind, depth int) {
	c.path(at+".path", k.Path)
	c.check(len(k.Args) <= maxArgs, at+".args", "has %d; at most %d are possible", len(k.Args), maxArgs)
	for i, a := range k.Args {
		c.template(fmt.Sprintf("%s.args[%d]", at, i), a)
	}
	c.lifetime(at+".lifetime", k.Lifetime)
	c.shape(at+".cpu", k.CPU.Shape, k.CPU.Share)
	c.low(at+".cpu.low", k.CPU.Shape, k.CPU.Low, k.CPU.High)
	c.check(k.CPU.High >= 0 && k.CPU.High <= 1, at+".cpu.high", "%v; a process uses 0 to 1 cores; give several processes for more", k.CPU.High)
	c.shape(at+".memory", k.Memory.Shape, k.Memory.Share)
	c.low(at+".memory.low", k.Memory.Shape, float64(k.Memory.Low), float64(k.Memory.High))
	c.check(k.Memory.High >= 0, at+".memory.high", "%d; give 0 or more bytes", k.Memory.High)
	c.time(at+".period", k.Period)
	c.check(k.Period <= 0 || k.Period >= Duration(100*time.Millisecond), at+".period", "%s; give at least 100ms", k.Period)
	c.children(at, k.Children, depth)
}

func (c *checks) children(at string, children []Child, depth int) {
	c.check(depth < maxDepth || len(children) == 0, at+".children", "are more than %d generations; remove some", maxDepth)
	if depth >= maxDepth {
		return
	}
	for i := range children {
		child := &children[i]
		place := fmt.Sprintf("%s.children[%d]", at, i)
		c.check(child.Count >= 0 && child.Count <= maxCount, place+".count", "%d; give 1 to %d", child.Count, maxCount)
		c.kind(place, &child.Kind, depth+1)
	}
}

// zygote is the executable that bears all others; it lies in the same folder.
const zygote = "loadsim-zygote"

// path is below the run's folder, and stays there.
func (c *checks) path(at, path string) {
	c.check(path != "", at, "is missing; give the executable's path, such as usr/sbin/nginx")
	c.check(!strings.HasPrefix(path, "/"), at, "%q begins with a slash; it is below the run's own folder, so leave that out", path)
	c.check(path == "" || !strings.HasSuffix(path, "/"), at, "%q ends with a slash; give the executable's own name behind it", path)
	c.check(!strings.Contains(path, "//"), at, "%q has two slashes in a row; write one", path)
	c.check(path != zygote, at, "%q is loadsim's own; choose another", path)
	for _, element := range strings.Split(path, "/") {
		c.check(element != ".." && element != ".", at, "%q has an element %q; write the path without", path, element)
		c.check(len(element) <= 200, at, "has an element of %d bytes; at most 200 are possible", len(element))
	}
	c.template(at, path)
}

func (c *checks) template(at, text string) {
	c.check(len(text) <= maxText, at, "is %d bytes; at most %d are possible", len(text), maxText)
	c.check(!strings.ContainsRune(text, 0), at, "holds a zero byte, which no command line can")
	if p, found := unknown(text); found {
		c.check(false, at, "%s means nothing; {n}, {parent} and {hex} do", p)
	}
}

func (c *checks) lifetime(at string, l Lifetime) {
	c.time(at+".min", l.Min)
	c.time(at+".max", l.Max)
	c.check(l.Min <= l.Max, at, "min %s is above max %s; swap them, or give max", l.Min, l.Max)
	c.check(l.Max == 0 || l.Max >= Duration(time.Millisecond), at+".max", "%s; give at least 1ms", l.Max)
	switch l.Distribution {
	case "", Uniform, Exponential:
	default:
		c.check(false, at+".distribution", "%q; give uniform or exponential", l.Distribution)
	}
}

func (c *checks) shape(at string, s Shape, share float64) {
	switch s {
	case "", Steady, Spiky, Growing, Random:
	default:
		c.check(false, at+".shape", "%q; give steady, spiky, growing or random", s)
	}
	c.check(share >= 0 && share <= 1, at+".share", "%v; give a part of the period, above 0 and up to 1", share)
}

// low is not looked at by a steady shape.
func (c *checks) low(at string, s Shape, low, high float64) {
	steady := s == Steady || s == ""
	c.check(steady || (low >= 0 && low <= high), at, "%v; give 0 up to high (%v)", low, high)
}
