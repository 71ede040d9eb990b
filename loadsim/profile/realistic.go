package profile

import "time"

const second = Duration(time.Second)

// realistic is a server: what serves, what looks after it, what cron starts,
// and as many small services as there is room for.
func realistic(p Parameters) []Pattern {
	patterns := append(serving(), caring()...)
	patterns = append(patterns, coming()...)
	return append(patterns, filling(p.ProcessCount-standing(patterns))...)
}

// standing is how many processes of patterns there are at the beginning.
func standing(patterns []Pattern) (n int) {
	for _, p := range patterns {
		if p.Rate > 0 {
			continue
		}
		family := 1
		for _, c := range p.Children {
			family += max(1, c.Count)
		}
		n += family * max(1, p.Count)
	}
	return n
}

func one(path string, args ...string) Kind { return Kind{Path: path, Args: args} }

// serving is what the server is for.
func serving() []Pattern {
	nginx := one("usr/sbin/nginx", "nginx: master process /usr/sbin/nginx -g daemon on;")
	nginx.Critical, nginx.Session = true, true
	nginx.Children = []Child{{Count: 4, Kind: Kind{
		Path: "usr/sbin/nginx", Args: []string{"nginx: worker process"},
		CPU: CPU{Shape: Spiky, Low: 0.01, High: 0.1, Share: 0.2}, Memory: Memory{High: 3 << 20},
	}}}

	postgres := one("usr/lib/postgresql/15/bin/postgres", "/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main")
	postgres.Critical, postgres.Session = true, true
	postgres.Memory = Memory{High: 6 << 20}
	postgres.Children = []Child{
		{Kind: backend("postgres: 15/main: checkpointer ", CPU{})},
		{Kind: backend("postgres: 15/main: walwriter ", CPU{High: 0.01})},
		{Kind: backend("postgres: 15/main: autovacuum launcher ", CPU{Shape: Spiky, High: 0.1, Share: 0.05})},
		{Count: 6, Kind: backend("postgres: 15/main: app orders 10.0.0.{n}(5{n}432) idle", CPU{Shape: Random, High: 0.04})},
	}

	kafka := one("usr/lib/jvm/java-17/bin/java", "java", "-Xmx1g", "-cp", "/opt/kafka/libs/*", "kafka.Kafka", "/etc/kafka/server.properties")
	kafka.Critical, kafka.Session = true, true
	kafka.CPU, kafka.Memory = CPU{High: 0.12}, Memory{Shape: Growing, Low: 16 << 20, High: 48 << 20}
	kafka.Period = 60 * second
	shop := one("usr/lib/jvm/java-17/bin/java", "java", "-jar", "/opt/shop/shop.jar", "--server.port=8080")
	shop.CPU, shop.Memory = CPU{Shape: Random, Low: 0.02, High: 0.12}, Memory{High: 32 << 20}

	fpm := one("usr/sbin/php-fpm8.2", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)")
	fpm.Session = true
	fpm.Children = []Child{{Count: 5, Kind: Kind{
		Path: "usr/sbin/php-fpm8.2", Args: []string{"php-fpm: pool www"}, CPU: CPU{Shape: Spiky, High: 0.08, Share: 0.15},
	}}}
	redis := one("usr/bin/redis-server", "/usr/bin/redis-server 127.0.0.1:6379")
	redis.CPU, redis.Memory = CPU{High: 0.03}, Memory{High: 8 << 20}
	return []Pattern{{Kind: nginx}, {Kind: postgres}, {Kind: kafka}, {Kind: shop}, {Kind: fpm}, {Kind: redis}}
}

// backend is a process of postgres with a title of its own.
func backend(title string, cpu CPU) Kind {
	return Kind{Path: "usr/lib/postgresql/15/bin/postgres", Args: []string{title}, CPU: cpu, Memory: Memory{High: 2 << 20}}
}

// caring is what a server runs anyway.
func caring() []Pattern {
	sshd := one("usr/sbin/sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups")
	sshd.Critical, sshd.Session = true, true
	journal := one("usr/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald")
	journal.CPU = CPU{High: 0.01}
	return []Pattern{
		{Kind: sshd},
		{Kind: journal},
		{Kind: one("usr/sbin/cron", "/usr/sbin/cron", "-f")},
		{Kind: one("usr/sbin/rsyslogd", "/usr/sbin/rsyslogd", "-n", "-iNONE")},
		{Kind: one("usr/bin/dbus-daemon", "/usr/bin/dbus-daemon", "--system", "--nofork")},
		{Kind: one("usr/sbin/chronyd", "/usr/sbin/chronyd", "-F", "1")},
		{Count: 2, Kind: one("usr/sbin/agetty", "/sbin/agetty", "-o", "-p -- \\u", "--noclear", "tty{n}", "linux")},
	}
}

// coming is what comes and goes: a few workers that are started anew, and what
// cron starts.
func coming() []Pattern {
	restart := second
	queue := one("usr/bin/python3", "python3", "-m", "queue.worker", "--name=worker-{n}")
	queue.Lifetime, queue.CPU = Lifetime{Min: 12 * second, Max: 25 * second}, CPU{High: 0.02}
	probe := one("usr/bin/curl", "curl", "-fsS", "http://127.0.0.1:8080/health?{hex}")
	probe.Lifetime = Lifetime{Min: second / 5, Max: second}
	job := one("usr/bin/sh", "sh", "-c", "/etc/cron.d/job-{hex}")
	job.Lifetime = Lifetime{Min: second / 2, Max: 5 * second, Distribution: Exponential}
	job.Children = []Child{{Kind: Kind{
		Path: "usr/bin/gzip", Args: []string{"gzip", "-9", "/var/log/{hex}.log"},
		Lifetime: Lifetime{Min: second / 2, Max: 3 * second}, CPU: CPU{High: 0.2},
	}}}
	return []Pattern{
		{Count: 2, Restart: &restart, Kind: queue},
		{Rate: 0.3, Kind: probe},
		{Rate: 0.1, Kind: job},
	}
}

// small are services that mostly wait.
var small = []struct{ path, args string }{
	{"usr/bin/node", "/srv/app-{n}/server.js"},
	{"usr/bin/python3", "/srv/tool-{n}/main.py"},
	{"usr/bin/containerd-shim", "-namespace=default-{n}"},
	{"usr/local/bin/exporter", "--web.listen-address=:9{n}"},
	{"usr/bin/bash", "--login-{n}"},
}

// filling is a number of small services.
func filling(n int) (patterns []Pattern) {
	for i, s := range small {
		count := (n + len(small) - 1 - i) / len(small)
		if count <= 0 {
			continue
		}
		k := one(s.path, "/"+s.path, s.args)
		k.CPU = CPU{Shape: Spiky, High: 0.02, Share: 0.05}
		patterns = append(patterns, Pattern{Count: count, Kind: k})
	}
	return patterns
}
