// A process of the load.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

#define MS 1000000LL
#define FOREVER INT64_MAX

static const int64_t tick = 100 * MS;      // how often a share of a core is made good
static const int64_t most_owed = 500 * MS; // what a process that was held up may catch up on
static const int no_memory = 100;          // exit status; record.go knows it

struct step {
	int64_t lasts, cpu, memory;
};

static uint32_t id;
static bool parent;     // it has children to wait for
static int64_t owed;    // CPU time in ns that it should have used
static char *held;      // room for what it can hold at most
static int64_t touched; // bytes of it that are resident
static int64_t page;    // in bytes

static int64_t now(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

// tell_peak says what its reaper cannot: there a child's peak counts as its parent's.
static void tell_peak(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	tell((struct event){.kind = PEAK, .id = id, .peak = used.ru_maxrss});
}

static void end(int status)
{
	if (parent)
		tell_peak();
	_exit(status);
}

static void terminated(int signal)
{
	tell_peak();
	raise(signal); // its handler is gone by now
}

static void child_ended(int signal)
{
	(void)signal; // it interrupts ppoll, that is all
}

// become_parent arranges for what only a process with children has to mind.
static void become_parent(void)
{
	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = child_ended}, NULL);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = terminated, .sa_flags = SA_RESETHAND | SA_NODEFER}, NULL);
	parent = true;
}

// bear_children does not end in the middle: nobody would know who was cloned last.
static void bear_children(char **strings)
{
	int count = 0;
	while (strings[count])
		count++;
	if (count == 0) {
		close(EVENTS);
		return;
	}
	become_parent();
	sigset_t term;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	bear_all(strings, count);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
}

// rest sleeps until then. It does not come back if loadsim is gone.
static void rest(int64_t until)
{
	struct pollfd life = {.fd = LIFE};
	sigset_t none;
	sigemptyset(&none);
	for (int ready = -1; ready != 0;) {
		if (parent)
			reap();
		int64_t left = until - now();
		if (left < 0)
			left = 0;
		struct timespec t = {left / 1000000000, left % 1000000000};
		ready = ppoll(&life, 1, until == FOREVER ? NULL : &t, &none);
		if (ready > 0)
			end(0);
	}
}

// burn uses what is owed of the CPU, but not beyond the end of the tick.
static void burn(int64_t until)
{
	while (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) < owed && now() < until)
		for (volatile int i = 0; i < 20000; i++)
			;
	int64_t behind = owed - nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	if (behind > most_owed)
		owed -= behind - most_owed;
}

static int64_t whole_pages(int64_t bytes)
{
	return (bytes + page - 1) / page * page;
}

// hold makes this many bytes resident and gives others back.
static void hold(int64_t bytes)
{
	for (; touched < bytes; touched += page)
		held[touched] = 1;
	if (bytes < touched) {
		int64_t keep = whole_pages(bytes);
		madvise(held + keep, touched - keep, MADV_DONTNEED);
		touched = keep;
	}
}

// reserve finds room for the step that holds most. Huge pages would be more
// than was asked for.
static void reserve(struct step *steps, int count)
{
	int64_t most = 0;
	for (int i = 0; i < count; i++)
		most = steps[i].memory > most ? steps[i].memory : most;
	if (most == 0)
		return;
	page = sysconf(_SC_PAGESIZE);
	most = whole_pages(most);
	held = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (held == MAP_FAILED)
		end(no_memory);
	madvise(held, most, MADV_NOHUGEPAGE);
}

// take does what a step asks for, from one moment to another. What is owed
// for a tick is used at its beginning, so that no tick ends in debt.
static void take(struct step s, int64_t from, int64_t to)
{
	hold(s.memory);
	while (from < to) {
		int64_t next = s.cpu > 0 && to - from > tick ? from + tick : to;
		if (s.cpu > 0) {
			owed += (next - from) * s.cpu / 1000000;
			burn(next);
		}
		rest(next);
		from = next;
	}
}

// later takes a time that is too long, or 0, for FOREVER.
static int64_t later(int64_t moment, int64_t us)
{
	return us > 0 && us < (FOREVER - moment) / 1000 ? moment + us * 1000 : FOREVER;
}

// repeat takes the steps, one after the other and again, until the process is to end.
static void repeat(struct step *steps, int count, int64_t from, int64_t death)
{
	for (int i = 0; from < death; i = (i + 1) % count) {
		int64_t to = later(from, steps[i].lasts);
		to = to < death ? to : death;
		take(steps[i], from, to);
		from = to;
	}
}

// work lives the life that the strings describe: see child.h.
int work(char **strings)
{
	int64_t birth = now();
	char *what = strings[0];
	id = number(&what);
	int64_t death = later(birth, number(&what));
	int count = number(&what);
	struct step steps[count + 1];
	steps[0] = (struct step){0}; // without a step it sleeps
	for (int i = 0; i < count; i++) {
		char *line = strings[1 + i];
		steps[i].lasts = number(&line);
		steps[i].cpu = number(&line);
		steps[i].memory = number(&line);
	}
	tell((struct event){.kind = RUNS, .id = id, .pid = getpid()});
	bear_children(strings + 1 + count);
	reserve(steps, count);
	repeat(steps, count > 0 ? count : 1, birth, death);
	end(0);
	return 0;
}
