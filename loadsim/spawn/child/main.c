#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "child.h"

// main is the zygote when it has no environment: a worker's is its description.
int main(int argc, char **argv)
{
	if (environ[0])
		return work(environ);
	return argc == 3 ? serve(argv[1], atol(argv[2])) : 2;
}
