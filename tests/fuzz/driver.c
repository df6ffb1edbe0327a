/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer, for "make check": every seed as it is, then changed in a
 * bounded number of ways. The changes come from a fixed sequence, so that a failure is the same
 * tomorrow. The seeds of fuzz_NAME are in seeds/NAME. Prints TAP, one point per seed. The input
 * that
 * breaks the target is left in the file crash-NAME of the current folder; give it (or any files) as
 * arguments to run just that.
 *
 *   FUZZ_RUNS=N    changes per seed (default 2000)
 *   FUZZ_SEED=N    another sequence
 */
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { SIZE_MAX_INPUT = 64 * 1024, SEEDS_MAX = 256, HANG_SECONDS = 20 };

struct input {
	char name[256];
	uint8_t *data;
	size_t size;
};

static struct input seeds[SEEDS_MAX];
static size_t seeds_n;
static uint8_t current[SIZE_MAX_INPUT];
static size_t current_size;
static uint64_t state;
static char crash_file[64];

/* Present if the sanitizers are. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void keep_input(void)
{
	static const char said[] = "# the input is in the file ";
	int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, current, current_size) != (ssize_t)current_size)
		return;
	close(fd);
	if (write(STDOUT_FILENO, said, sizeof(said) - 1) < 0 ||
	    write(STDOUT_FILENO, crash_file, strlen(crash_file)) < 0 ||
	    write(STDOUT_FILENO, "\n", 1) < 0)
		return;
}

static void on_death(int sig)
{
	keep_input();
	/* SA_RESETHAND: this one ends the program. */
	raise(sig == SIGPROF ? SIGABRT : sig);
}

static void watch_for_death(void)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPROF };
	struct sigaction action = { .sa_handler = on_death, .sa_flags = (int)SA_RESETHAND };

	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_input);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

/* xorshift64*: good enough, and the same everywhere. */
static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

static size_t below(size_t limit)
{
	return limit ? (size_t)(next_random() % limit) : 0;
}

/* Puts `size` bytes in place of `gone` bytes at `at`, as far as there is room. */
static void replace(size_t at, size_t gone, const void *data, size_t size)
{
	if (current_size - gone + size > sizeof(current))
		return;
	memmove(current + at + size, current + at + gone, current_size - at - gone);
	memcpy(current + at, data, size);
	current_size = current_size - gone + size;
}

/* What JSON and its readers are sensitive to. */
static const char *const tokens[] = {
	"{",
	"}",
	"[",
	"]",
	",",
	":",
	"\"",
	"\\",
	"null",
	"true",
	"false",
	"0",
	"-1",
	"1e999",
	"1.5",
	"4294967296",
	"18446744073709551616",
	"-9223372036854775809",
	"\"\"",
	"{}",
	"[]",
	"[[[[[[[[",
	"\\u0000",
	"\\ud800",
	"\xff",
	"\xc0\x80",
	"\n",
	" ",
	"/../",
	"\"ociVersion\":\"2.0\",",
	"\"a\":1,\"a\":2,",
};

/* Values of every type, right somewhere and wrong elsewhere. */
static const char *const values[] = {
	"null",
	"true",
	"false",
	"0",
	"1",
	"-1",
	"1000",
	"4294967295",
	"9223372036854775807",
	"18446744073709551615",
	"1.5",
	"\"\"",
	"\"/\"",
	"\"a\"",
	"\"0\"",
	"\"/proc/self/ns/net\"",
	"\"private\"",
	"\"CAP_KILL\"",
	"\"SCMP_ACT_ALLOW\"",
	"\"\\u00e4\\n\"",
	"[]",
	"{}",
	"[\"a\"]",
	"[0]",
	"[{}]",
	"{\"a\":\"b\"}",
	"[null]",
};

/* The end of the scalar that starts at `at`, or of the whole text. */
static size_t scalar_end(size_t at)
{
	bool is_string = at < current_size && current[at] == '"';

	for (size_t i = at + is_string; i < current_size; i++) {
		if (is_string && current[i] == '\\')
			i++;
		else if (is_string && current[i] == '"')
			return i + 1;
		else if (!is_string && memchr(",}] \t\n", current[i], 6))
			return i;
	}
	return current_size;
}

/* The next value of a property becomes another one: most results are JSON still. */
static void change_value(size_t at)
{
	const char *value = values[below(sizeof(values) / sizeof(*values))];

	while (at < current_size && current[at] != ':')
		at++;
	for (at++; at < current_size && (current[at] == ' ' || current[at] == '\n'); at++)
		;
	if (at < current_size && current[at] != '{' && current[at] != '[')
		replace(at, scalar_end(at) - at, value, strlen(value));
}

static void change_text(size_t at)
{
	const char *token = tokens[below(sizeof(tokens) / sizeof(*tokens))];
	const struct input *other = &seeds[below(seeds_n)];
	size_t from = below(other->size), len = below(current_size - at + 1);

	switch (below(14)) {
	case 0: /* a bit */
		if (at < current_size)
			current[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1: /* a piece goes */
		replace(at, len < 64 ? len : below(64), "", 0);
		break;
	case 2: /* a token more */
		replace(at, 0, token, strlen(token));
		break;
	case 3: /* a token instead */
		replace(at, len < 8 ? len : below(8), token, strlen(token));
		break;
	case 4: /* a piece of another seed */
		replace(at, 0, other->data + from,
			below(other->size - from < 256 ? other->size - from : 256));
		break;
	case 5: /* the end is missing */
		current_size = at;
		break;
	case 6: /* a byte */
		if (at < current_size)
			current[at] = (uint8_t)next_random();
		break;
	default:
		change_value(at);
	}
}

/* Of its own time: on a busy machine the clock says little. 0: not watched any more. */
static void watch(time_t seconds)
{
	const struct itimerval limit = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_PROF, &limit, NULL);
}

static void run_current(void)
{
	/* A copy of its own size: the sanitizer sees a read behind its end. */
	uint8_t *copy = malloc(current_size ? current_size : 1);

	if (!copy)
		abort();
	memcpy(copy, current, current_size);
	watch(HANG_SECONDS);
	LLVMFuzzerTestOneInput(copy, current_size);
	watch(0);
	free(copy);
}

static void take_seed(const struct input *seed)
{
	memcpy(current, seed->data, seed->size);
	current_size = seed->size;
}

static bool read_seed(const char *path, const char *name)
{
	FILE *file = fopen(path, "rbe");
	struct input *seed = &seeds[seeds_n];

	if (!file || seeds_n == SEEDS_MAX) {
		printf("Bail out! can't take seed %s\n", path);
		return false;
	}
	seed->data = malloc(SIZE_MAX_INPUT);
	seed->size = seed->data ? fread(seed->data, 1, SIZE_MAX_INPUT, file) : 0;
	snprintf(seed->name, sizeof(seed->name), "%s", name);
	fclose(file);
	seeds_n++;
	return seed->data != NULL;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_seeds(const char *dir)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, NULL, by_name);
	bool ok = n > 0;

	for (int i = 0; i < n; i++) {
		char path[4096];

		int len = snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);

		if (ok && entries[i]->d_name[0] != '.')
			ok = len < (int)sizeof(path) && read_seed(path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (ok && !seeds_n)
		printf("Bail out! no seeds in %s\n", dir);
	return ok && seeds_n;
}

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	unsigned long runs = argc > 1 ? 0 : number_from("FUZZ_RUNS", 2000);
	const char *name = strstr(program_invocation_short_name, "fuzz_");
	char dir[4096];

	name = name ? name + strlen("fuzz_") : "unnamed";
	snprintf(crash_file, sizeof(crash_file), "crash-%s", name);
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/seeds/%s", srcdir ? srcdir : ".", name);
	for (int i = 1; i < argc; i++) {
		if (!read_seed(argv[i], argv[i]))
			return 99;
	}
	if (argc == 1 && !read_seeds(dir))
		return 99;
	watch_for_death();
	state = 0x9e3779b97f4a7c15ULL ^ number_from("FUZZ_SEED", 0);
	printf("1..%zu\n", seeds_n);
	for (size_t i = 0; i < seeds_n; i++) {
		take_seed(&seeds[i]);
		run_current();
		for (unsigned long run = 0; run < runs; run++) {
			take_seed(&seeds[i]);
			for (size_t times = 1 + below(4); times; times--)
				change_text(below(current_size + 1));
			run_current();
		}
		printf("ok %zu - %s and %lu changes of it\n", i + 1, seeds[i].name, runs);
		fflush(stdout);
	}
	for (size_t i = 0; i < seeds_n; i++)
		free(seeds[i].data);
	return 0;
}
