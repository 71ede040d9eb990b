//go:build linux

package main

import "fmt"

// Names as they are on real hosts. They leave room for a number behind them:
// the kernel keeps 15 bytes of a name.
var (
	idleNames = []string{
		"nginx", "postgres", "redis", "sshd", "cron", "rsyslogd", "haproxy", "memcached", "mysqld", "mongod",
		"etcd", "consul", "vault", "envoy", "httpd", "php-fpm", "gunicorn", "celery", "puma", "chronyd",
		"dockerd", "containerd", "kubelet", "coredns", "dnsmasq", "exim4", "dovecot", "rabbitmq", "zookeeper", "grafana",
	}
	busyNames = []string{
		"java", "ffmpeg", "python3", "node", "ruby", "clickhouse", "spark", "beam.smp", "indexer", "encoder",
	}
	birthNames = []string{"sh", "curl", "git", "gcc", "make", "gzip", "logrotate", "find", "tar", "certbot", "rsync"}
)

// pathOf is the executable of the i-th process, which has a name of its own:
// the first of each kind has the plain name, the others a number behind it.
func pathOf(names []string, i int) string {
	path := "usr/bin/" + names[i%len(names)]
	if round := i / len(names); round > 0 {
		path += fmt.Sprintf("-%04d", round)
	}
	return path
}
