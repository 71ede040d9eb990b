// Package spawn makes the processes of a load simulation and knows what became
// of each: it is the real [loadsim.Spawner], on Linux.
//
//	s, err := spawn.New(spawn.Settings{MaxProcesses: 2000})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	go observe(s.Events()) // until the channel is closed
//	err = s.Spawn(ctx, loadsim.Process{ID: 1, Path: "usr/sbin/nginx", Args: []string{"nginx: master process"}})
//
// # Who is who
//
// loadsim starts one process, the zygote; the zygote bears those of the load
// and is the subreaper of all of them. Everybody runs the same small C program
// (folder child, decision 0008) under a name of his own: a hard link to it in
// the run's folder. The zygote stays small, because the kernel counts the peak
// memory of who bears into that of who is born.
//
// A process bears its own children, in the same way, and whoever waits for a
// process tells of its end; the zygote does so for those it adopted. So what
// comes of a process is in order: its birth, when it runs under its names, and
// its end, with what the kernel accounted, to the microsecond.
//
// # Nothing stays behind
//
// Every process of a run has the read end of one pipe as its standard input,
// and sleeps on it. Its only writer is this package: when loadsim ends, however
// it does, all see the end of file and exit. The zygote kills those that do not
// (who is stopped cannot see anything), waits for the last one and removes the
// run's folder. If somebody kills the zygote, the package ends all others and
// the run. Both killed at once leave the processes that were stopped, and the folder.
//
// A signal goes only through a pidfd, to a process that then still has its
// description of this run in /proc: never to one that was given the PID later.
//
// # What it costs
//
// A sleeping process keeps 50 KiB of memory for itself, three to four times
// that with what the kernel keeps for it, and is never woken. See
// benchmarks/spawn.
package spawn
