// How processes are born and waited for, by the zygote and by workers alike.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

struct birth {
	uint32_t id;
	int flags;
	char *path, **argv, **envp;
	int error; // of execve; it is set in the parent's memory
};

void tell(struct event e)
{
	e.at = nanoseconds(CLOCK_REALTIME);
	e.teller = getpid();
	while (write(EVENTS, &e, sizeof e) < 0 && errno == EINTR)
		;
}

static void tell_failure(uint32_t id, enum stage stage, int error)
{
	tell((struct event){.kind = FAILED, .id = id, .stage = stage, .error = error});
}

// become runs in the memory of the parent, which the kernel holds until the
// program is executed: hence it can say what went wrong.
static int become(void *of)
{
	struct birth *b = of;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (b->flags & SESSION)
		setsid();
	execve(b->path, b->argv, b->envp);
	b->error = errno;
	_exit(127);
}

// clone_with runs f in a child and returns when it has executed a program or ended.
static pid_t clone_with(int (*f)(void *), char *stack, size_t size, struct birth *b)
{
	return clone(f, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, b);
}

static void bear(struct birth *b)
{
	static char stack[8192] __attribute__((aligned(16)));
	pid_t pid = clone_with(become, stack, sizeof stack, b);
	if (pid < 0) {
		tell_failure(b->id, CLONING, errno);
	} else if (b->error) {
		waitpid(pid, NULL, 0);
		tell_failure(b->id, EXECUTING, b->error);
	} else {
		tell((struct event){.kind = CLONED, .id = b->id, .pid = pid});
	}
}

// bear_and_end is the first half of a double fork.
static int bear_and_end(void *of)
{
	bear(of);
	_exit(0);
}

static void bear_detached(struct birth *b)
{
	static char stack[8192] __attribute__((aligned(16)));
	if (clone_with(bear_and_end, stack, sizeof stack, b) < 0)
		tell_failure(b->id, CLONING, errno);
}

// bear_one bears the process that the strings begin with and returns how many
// are its own, or -1 if they describe none.
static int bear_one(char **strings, int count)
{
	char *shape = strings[0];
	struct birth b = {.id = number(&shape)};
	int64_t arguments = number(&shape), own = number(&shape);
	b.flags = number(&shape);
	if (arguments < 0 || own < 4 || own > count || arguments > own - 4) {
		tell_failure(b.id, READING, EINVAL);
		return -1;
	}
	b.path = strings[1];
	b.argv = strings + 2;
	b.argv[arguments] = NULL;
	b.envp = b.argv + arguments + 1;
	char *next = strings[own];
	strings[own] = NULL;
	b.flags & DETACH ? bear_detached(&b) : bear(&b);
	strings[own] = next;
	return own;
}

// bear_all bears the processes that count strings describe; there is a place
// behind them for a NULL.
int bear_all(char **strings, int count)
{
	while (count > 0) {
		int own = bear_one(strings, count);
		if (own < 0)
			return -1;
		strings += own;
		count -= own;
	}
	return 0;
}

// reap tells of children that have ended, then waits for them: until it has
// told, nobody can be given their PIDs. It returns whether there are others.
bool reap(void)
{
	for (;;) {
		siginfo_t child = {0};
		struct rusage used;
		if (syscall(SYS_waitid, P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT, &used) < 0)
			return errno != ECHILD;
		if (child.si_pid == 0)
			return true;
		tell((struct event){
			.kind = EXITED,
			.pid = child.si_pid,
			.user = used.ru_utime.tv_sec * 1000000LL + used.ru_utime.tv_usec,
			.system = used.ru_stime.tv_sec * 1000000LL + used.ru_stime.tv_usec,
			.peak = used.ru_maxrss,
			.status = child.si_code == CLD_EXITED ? child.si_status : -child.si_status,
		});
		waitid(P_PID, child.si_pid, &child, WEXITED);
	}
}
