// The program that loadsim's processes run. It is small because there are
// thousands of them: statically linked, one thread, no heap of its own.
//
// One binary has two roles. The zygote is started by loadsim, reads what is to
// be born, bears it and outlives everything that it bore. A worker is one
// process of the load: it bears its own children, then works and sleeps.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

// The descriptors that processes are born with.
enum {
	LIFE = 0,     // at end of file loadsim is gone: so has everybody to be
	EVENTS = 1,   // takes struct event; kept only by those that bear children
	REQUESTS = 3, // the zygote reads from it what is to be born
};

// A process is CLONED, by who bears it, and RUNS, by itself: only then does it
// have its name and its arguments, which the kernel sets after it has let the
// parent go on. Either may be told first.
enum kind { CLONED, RUNS, EXITED, FAILED, PEAK };
enum stage { READING, CLONING, EXECUTING };

// An event as record.go reads it, written in one piece: pipes keep whole what
// is smaller than PIPE_BUF.
struct event {
	int32_t kind;
	uint32_t id;    // of all but EXITED
	int32_t pid;    // of CLONED, RUNS and EXITED
	int32_t teller; // PID of who tells: of EXITED, the parent or who adopted it
	int64_t at;     // ns since 1970
	int64_t user;   // µs, waited-for children included, as system and peak
	int64_t system; // µs
	int64_t peak;   // KiB
	int32_t status; // exit status, or minus the signal
	int32_t error;  // errno
	int32_t stage;
	int32_t unused;
};

// A block of strings describes one process with all its descendants, as
// request.go writes them:
//
//	ID ARGUMENTS STRINGS FLAGS   STRINGS counts those of the block, this one too
//	path below the run's folder
//	arguments ...
//	""                           becomes the NULL at the end of argv
//	ID LIFETIME STEPS            here begins what the process gets as environment
//	FOR CPU MEMORY ...           a line each step
//	blocks of its children ...
//
// Times are in µs, CPU in millionths of a core, memory in bytes.
enum flag { SESSION = 1, DETACH = 2 };

// birth.c
int bear_all(char **strings, int count);
bool reap(void);
void tell(struct event e);

// text.c
int64_t number(char **text);
int64_t nanoseconds(int clock);

int work(char **strings);          // worker.c
int serve(char *folder, long max); // zygote.c
