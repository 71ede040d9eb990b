// The process that bears the others, and buries them.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

// The bounds of a request, as request.go has them.
enum { MAX_BYTES = 128 << 10, MAX_STRINGS = 8 << 10 };

static char buffer[4 + MAX_BYTES];
static size_t filled;
static char *strings[MAX_STRINGS + 1];

static void child_ended(int signal)
{
	(void)signal; // it interrupts ppoll, that is all
}

static void prepare(long max_processes)
{
	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = child_ended}, NULL);
	signal(SIGPIPE, SIG_IGN); // loadsim may be gone while there is still to clean up
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fcntl(REQUESTS, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, REQUESTS + 1, ~0U, 0); // what loadsim was started with
	if (max_processes > 0)
		setrlimit(RLIMIT_NPROC, &(struct rlimit){max_processes, max_processes});
}

// bear_request splits a request into its strings.
static void bear_request(char *text, size_t size)
{
	int count = 0;
	for (char *end = text + size; text < end && count < MAX_STRINGS; text += strlen(text) + 1)
		strings[count++] = text;
	bear_all(strings, count);
}

// next_request returns the size of the whole request that the buffer begins
// with, 0 if it is not there yet, -1 if it cannot be one.
static ssize_t next_request(char *from, size_t available)
{
	uint32_t size;
	if (available < sizeof size)
		return 0;
	memcpy(&size, from, sizeof size);
	if (size == 0 || size > MAX_BYTES)
		return -1;
	if (available < sizeof size + size)
		return 0;
	return from[sizeof size + size - 1] == 0 ? (ssize_t)(sizeof size + size) : -1;
}

// take_requests reads what has come and bears it. It returns false at the end.
static bool take_requests(void)
{
	ssize_t got = read(REQUESTS, buffer + filled, sizeof buffer - filled);
	if (got <= 0)
		return got < 0 && errno == EINTR;
	filled += got;
	size_t done = 0;
	ssize_t size;
	while ((size = next_request(buffer + done, filled - done)) > 0) {
		bear_request(buffer + done + 4, size - 4);
		reap();
		done += size;
	}
	memmove(buffer, buffer + done, filled -= done);
	return size == 0;
}

// parent_of returns who the parent of a process is by /proc, 0 if it is gone.
static pid_t parent_of(const char *pid)
{
	char path[64], stat[512];
	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return 0;
	ssize_t got = read(file, stat, sizeof stat - 1);
	close(file);
	stat[got > 0 ? got : 0] = 0;
	char *name_end = strrchr(stat, ')');
	return name_end && strlen(name_end) > 4 ? atoi(name_end + 4) : 0;
}

// kill_children kills who is its child now, adopted ones too. Nobody else can
// have their PIDs before it has waited for them.
static void kill_children(void)
{
	DIR *proc = opendir("/proc");
	if (!proc)
		return;
	for (struct dirent *e; (e = readdir(proc));)
		if (isdigit(e->d_name[0]) && parent_of(e->d_name) == getpid())
			kill(atoi(e->d_name), SIGKILL);
	closedir(proc);
}

// abandoned says whether nobody is left to be told of anything.
static bool abandoned(void)
{
	struct pollfd events = {.fd = EVENTS};
	return poll(&events, 1, 0) > 0 && events.revents & POLLERR;
}

// bury waits until everybody is gone. They end by themselves, at the end of
// LIFE; who has not after a while, because he is stopped or has no CPU to end
// on, is killed. His children come to the zygote then.
static void bury(void)
{
	const struct timespec quiet = {0, 10000000};
	const int patience = 10; // times quiet, if loadsim still wants to know how they ended
	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	for (int waited = 0; reap();)
		if (sigtimedwait(&children, NULL, &quiet) < 0 && errno == EAGAIN && (++waited >= patience || abandoned()))
			kill_children();
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s;
	(void)type;
	if (where->level > 0)
		remove(path);
	return 0;
}

// serve bears what is asked for until there is nobody to ask; then it ends
// everything and removes the run's folder.
int serve(char *folder, long max_processes)
{
	if (chdir(folder) < 0)
		return 3;
	prepare(max_processes);
	sigset_t none;
	sigemptyset(&none);
	for (bool going = true; going;) {
		struct pollfd requests = {.fd = REQUESTS, .events = POLLIN};
		int ready = ppoll(&requests, 1, NULL, &none);
		reap();
		if (ready > 0)
			going = take_requests();
	}
	close(REQUESTS);
	bury();
	nftw(".", remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(folder);
	return 0;
}
