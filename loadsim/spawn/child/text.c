#include <stdlib.h>
#include <time.h>

#include "child.h"

// number reads the next one of a line; 0 if there is none.
int64_t number(char **text)
{
	return strtoll(*text, text, 10);
}

int64_t nanoseconds(int clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}
