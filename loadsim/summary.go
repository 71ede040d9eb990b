package loadsim

import "time"

// Summary sets what a plan asked for beside what came of it.
type Summary struct {
	// Took is how long the run was, and Interrupted that it was to be longer.
	Took        time.Duration `json:"took_nanoseconds"`
	Interrupted bool          `json:"interrupted"`
	// Processes were to be born until the end, and were.
	Processes Comparison `json:"processes"`
	// BirthRate is births per second after the first moment.
	BirthRate Comparison `json:"births_per_second"`
	// CPU is in core-seconds: what the loads of all lives wanted, and what the
	// kernel accounted to them.
	CPU Comparison `json:"cpu_seconds"`
	// Peak is how many lived at once.
	Peak int `json:"peak_processes"`
	// Attempts that failed, and how many of them were made again.
	Failed  int `json:"failed_attempts"`
	Retried int `json:"retried"`
	// Late is by how much the latest birth was asked for too late.
	Late time.Duration `json:"latest_birth_nanoseconds"`
	// Judged are the processes that wanted CPU long enough to tell whether they
	// got it, and Off those that missed it by more than a tenth.
	Judged int `json:"cpu_judged"`
	Off    int `json:"cpu_off_by_more_than_a_tenth"`
}

// Comparison is a number as it was to be and as it was.
type Comparison struct {
	Asked    float64 `json:"asked"`
	Achieved float64 `json:"achieved"`
}

// Who wanted less CPU, or for a shorter time, cannot be judged: the kernel's
// ticks and the birth itself would weigh too much.
const (
	leastLife = 10 * time.Second
	leastCPU  = 0.01 // of a core
	tolerance = 0.1  // of what was asked
)

// judge counts whether one process got the CPU that it wanted.
func (s *Summary) judge(l *Life) {
	life := l.Ended.Sub(l.Born)
	if life < leastLife || l.Asked.Seconds() < leastCPU*life.Seconds() {
		return
	}
	s.Judged++
	if off := (l.Used.User + l.Used.System - l.Asked).Abs(); off.Seconds() > tolerance*l.Asked.Seconds() {
		s.Off++
	}
}
