// Starts a program again and again with posix_spawn, so many at a time, and
// waits for each: what making processes costs if nothing is known of them.
// Prints the seconds that it took.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	char *arguments[] = {"churn", NULL};
	char *environment[] = {"1 1 0", NULL}; // as loadsim/spawn/child/child.h says: it ends at once
	int count = atoi(argv[2]), parallel = atoi(argv[3]);
	double begun = seconds();
	for (int born = 0, ended = 0; ended < count;) {
		pid_t pid;
		if (born < count && born - ended < parallel) {
			if (posix_spawn(&pid, argv[1], NULL, NULL, arguments, environment) != 0)
				return 1;
			born++;
		} else if (wait(NULL) > 0) {
			ended++;
		}
	}
	fprintf(stderr, "%f\n", seconds() - begun);
	return 0;
}
