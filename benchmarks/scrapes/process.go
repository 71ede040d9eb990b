package scrapes

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Busy and Large are how many processes of every host use much CPU and much
// memory. They live as long as the host does, so a topk that keeps 20 by each
// keeps these and no other. They are owned by [HeavyOwner].
const (
	Busy       = 20
	Large      = 20
	HeavyOwner = "app"
)

const (
	// activeShare is the part of the other processes that ever do anything:
	// most of a host's processes sleep from scrape to scrape.
	activeShare = 0.15
	mib         = int64(1) << 20
)

// process is one simulated process. Its CPU time is in the kernel's ticks of
// 10 ms, so that totals can be exact.
type process struct {
	pid, start int64 // start is in nanoseconds since the epoch
	program    *program
	owner      string

	cores  float64 // that it uses on average
	active bool

	user, system, wait int64 // ticks
	read, written      int64 // bytes
	resident, virtual  int64 // bytes
	files, threads     int64
}

// program is what processes of one kind have in common.
type program struct {
	path, arguments string
}

func (p *program) name() string { return p.path[strings.LastIndexByte(p.path, '/')+1:] }

var programs = []program{
	{"/usr/sbin/nginx", "-g daemon off; -c /etc/nginx/nginx.conf"},
	{"/usr/lib/postgresql/15/bin/postgres", "-D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf"},
	{"/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "-Xmx4g -XX:+UseG1GC -Dlog.dir=/var/log/kafka -cp /opt/kafka/libs/* kafka.Kafka /etc/kafka/server.properties"},
	{"/usr/sbin/sshd", "-D [listener] 0 of 10-100 startups"},
	{"/usr/bin/bash", "/opt/jobs/nightly.sh --verbose --retries=3"},
	{"/usr/bin/python3.11", "-m gunicorn shop.wsgi:application --workers 8 --bind 127.0.0.1:8000"},
	{"/usr/bin/node", "--max-old-space-size=2048 /srv/web/server.js"},
	{"/usr/lib/systemd/systemd-journald", ""},
	{"/usr/sbin/cron", "-f -P"},
	{"/usr/bin/containerd-shim-runc-v2", "-namespace moby -id 5e6f7a8b9c0d -address /run/containerd/containerd.sock"},
	{"/usr/bin/redis-server", "127.0.0.1:6379"},
	{"/usr/lib/erlang/erts-13.1.5/bin/beam.smp", "-W w -MBas ageffcbf -MHas ageffcbf -- -root /usr/lib/erlang"},
	{"/usr/sbin/php-fpm8.2", "--nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf"},
	{"/usr/bin/sleep", "3600"},
}

var owners = []string{"root", "www-data", "postgres", "nobody", "deploy"}

// newBackground returns a process that is neither busy nor large, of the age
// given in nanoseconds.
func newBackground(rng *rand.Rand, pid, now, age int64) *process {
	p := &process{
		pid: pid, start: now - age,
		program: &programs[rng.IntN(len(programs))], owner: owners[rng.IntN(len(owners))],
		active: rng.Float64() < activeShare,
		cores:  rng.Float64() * 0.01,
		user:   rng.Int64N(3), system: rng.Int64N(2), wait: rng.Int64N(2),
		read: rng.Int64N(1 << 24), written: rng.Int64N(1 << 22),
		files: 3 + rng.Int64N(60), threads: 1 + rng.Int64N(8),
	}
	p.resident = mib + rng.Int64N(60*mib)
	p.virtual = 4 * p.resident
	return p
}

// newBusy returns the i-th of the processes that use much CPU.
func newBusy(rng *rand.Rand, pid, now, age int64, i int) *process {
	p := newBackground(rng, pid, now, age)
	p.owner, p.active, p.cores = HeavyOwner, true, 1/(1+0.3*float64(i))
	return p
}

// newLarge returns the i-th of the processes that use much memory.
func newLarge(rng *rand.Rand, pid, now, age int64, i int) *process {
	p := newBackground(rng, pid, now, age)
	p.owner = HeavyOwner
	p.resident = 8192 * mib / int64(4+i)
	p.virtual = 2 * p.resident
	return p
}

// work lets a process run for a number of seconds. Nothing ever falls but
// memory, files and threads.
func (p *process) work(rng *rand.Rand, seconds float64) {
	if !p.active {
		return
	}
	ticks := p.cores * seconds * 100 * (0.95 + 0.1*rng.Float64())
	p.user += int64(ticks * 0.8)
	p.system += int64(ticks * 0.2)
	if rng.IntN(4) == 0 {
		p.wait++
		p.read += rng.Int64N(1 << 20)
	}
	p.written += rng.Int64N(1 << 16)
	p.resident += (rng.Int64N(65) - 32) << 12
	p.files += rng.Int64N(2)*2 - 1
	p.files = max(p.files, 3)
}

func (p *process) commandLine() string {
	return fmt.Sprintf("%s %s", p.program.path, p.program.arguments)
}

// amounts returns the process's values in the order of Series.
func (p *process) amounts() [len(Series)]Amount {
	return [len(Series)]Amount{
		ticks(p.user), ticks(p.system), ticks(p.wait),
		{Int: p.read},
		{Int: p.written},
		{Int: p.resident},
		{Int: p.virtual},
		{Int: p.files},
		{Int: 0},
		{Int: p.threads},
	}
}

// ticks are CPU time; a tick is 10 ms.
func ticks(n int64) Amount { return Amount{Float: float64(n) / 100} }
