/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp as a filter program, through libseccomp; the one home of seccomp.h. The parent
 * compiles it (or takes it from the cache, seccomp_cache.c), the child loads it (seccomp_load.c).
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "apply/actors.h"
#include "apply/seccomp_cache.h"
#include "oci/names.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

#define PLACE "linux.seccomp"

enum {
	OPTIMISE_FROM = 33, /* rules; libseccomp up to 2.5.4 misbehaves on tiny ones (lesson P25) */
	PROGRAM_MAX = 1 << 20, /* bytes; what the kernel takes is told apart later */
	X32_BIT = 0x40000000,
};

/* ---- our numbers to libseccomp's ---- */

/* Which actions take a number, and how large: oci/rules_seccomp.c. */
static struct err *action_of(int action, const struct opt_u32 *errno_ret, const char *place,
			     uint32_t *out)
{
	uint32_t number = errno_ret->set ? errno_ret->v : EPERM;

	switch ((enum oci_seccomp_action)action) {
	case OCI_ACT_KILL_THREAD:
		*out = SCMP_ACT_KILL_THREAD;
		return NULL;
	case OCI_ACT_KILL_PROCESS:
		*out = SCMP_ACT_KILL_PROCESS;
		return NULL;
	case OCI_ACT_TRAP:
		*out = SCMP_ACT_TRAP;
		return NULL;
	case OCI_ACT_ERRNO:
		*out = SCMP_ACT_ERRNO(number);
		return NULL;
	case OCI_ACT_TRACE:
		*out = SCMP_ACT_TRACE(number);
		return NULL;
	case OCI_ACT_ALLOW:
		*out = SCMP_ACT_ALLOW;
		return NULL;
	case OCI_ACT_LOG:
		*out = SCMP_ACT_LOG;
		return NULL;
	case OCI_ACT_NOTIFY:
		*out = SCMP_ACT_NOTIFY;
		return NULL;
	}
	return err_new(ERR_BUG, "%s: action %d", place, action);
}

static enum scmp_compare op_of(int op)
{
	switch ((enum oci_seccomp_op)op) {
	case OCI_CMP_NE:
		return SCMP_CMP_NE;
	case OCI_CMP_LT:
		return SCMP_CMP_LT;
	case OCI_CMP_LE:
		return SCMP_CMP_LE;
	case OCI_CMP_EQ:
		return SCMP_CMP_EQ;
	case OCI_CMP_GE:
		return SCMP_CMP_GE;
	case OCI_CMP_GT:
		return SCMP_CMP_GT;
	case OCI_CMP_MASKED_EQ:
		return SCMP_CMP_MASKED_EQ;
	}
	return SCMP_CMP_EQ;
}

/* 0 for what this libseccomp does not know. */
static uint32_t arch_of(int arch)
{
	switch ((enum oci_seccomp_arch)arch) {
	case OCI_ARCH_X86:
		return SCMP_ARCH_X86;
	case OCI_ARCH_X86_64:
		return SCMP_ARCH_X86_64;
	case OCI_ARCH_X32:
		return SCMP_ARCH_X32;
	case OCI_ARCH_ARM:
		return SCMP_ARCH_ARM;
	case OCI_ARCH_AARCH64:
		return SCMP_ARCH_AARCH64;
	case OCI_ARCH_MIPS:
		return SCMP_ARCH_MIPS;
	case OCI_ARCH_MIPS64:
		return SCMP_ARCH_MIPS64;
	case OCI_ARCH_MIPS64N32:
		return SCMP_ARCH_MIPS64N32;
	case OCI_ARCH_MIPSEL:
		return SCMP_ARCH_MIPSEL;
	case OCI_ARCH_MIPSEL64:
		return SCMP_ARCH_MIPSEL64;
	case OCI_ARCH_MIPSEL64N32:
		return SCMP_ARCH_MIPSEL64N32;
	case OCI_ARCH_PPC:
		return SCMP_ARCH_PPC;
	case OCI_ARCH_PPC64:
		return SCMP_ARCH_PPC64;
	case OCI_ARCH_PPC64LE:
		return SCMP_ARCH_PPC64LE;
	case OCI_ARCH_S390:
		return SCMP_ARCH_S390;
	case OCI_ARCH_S390X:
		return SCMP_ARCH_S390X;
	case OCI_ARCH_PARISC:
		return SCMP_ARCH_PARISC;
	case OCI_ARCH_PARISC64:
		return SCMP_ARCH_PARISC64;
	case OCI_ARCH_RISCV64:
		return SCMP_ARCH_RISCV64;
	case OCI_ARCH_LOONGARCH64:
#ifdef SCMP_ARCH_LOONGARCH64 /* libseccomp 2.6 */
		return SCMP_ARCH_LOONGARCH64;
#else
		return 0;
#endif
	case OCI_ARCH_M68K:
#ifdef SCMP_ARCH_M68K
		return SCMP_ARCH_M68K;
#else
		return 0;
#endif
	case OCI_ARCH_SH:
#ifdef SCMP_ARCH_SH
		return SCMP_ARCH_SH;
#else
		return 0;
#endif
	case OCI_ARCH_SHEB:
#ifdef SCMP_ARCH_SHEB
		return SCMP_ARCH_SHEB;
#else
		return 0;
#endif
	}
	return 0;
}

/* ---- rules ---- */

/* libseccomp takes one comparison per argument: a second one on the same means "or" (lesson P19).
 */
static bool repeats_index(const struct oci_seccomp_args *args)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < args->n; i++) {
		if (seen & 1U << args->items[i].index)
			return true;
		seen |= 1U << args->items[i].index;
	}
	return false;
}

static int add_call(scmp_filter_ctx ctx, uint32_t action, int number,
		    const struct oci_seccomp_args *args)
{
	struct scmp_arg_cmp cmp[6] = { 0 };
	bool alone = repeats_index(args);
	int rc = 0;

	if (!args->n)
		return seccomp_rule_add_array(ctx, action, number, 0, NULL);
	for (size_t i = 0; i < args->n && rc >= 0; i++) {
		const struct oci_seccomp_arg *arg = &args->items[i];

		/* MASKED_EQ: value is the mask, valueTwo what must remain. */
		cmp[alone ? 0 : i] = (struct scmp_arg_cmp){
			.arg = arg->index,
			.op = op_of(arg->op),
			.datum_a = arg->value,
			.datum_b = arg->value_two,
		};
		if (alone)
			rc = seccomp_rule_add_array(ctx, action, number, 1, cmp);
	}
	if (alone)
		return rc;
	return seccomp_rule_add_array(ctx, action, number, (unsigned int)args->n, cmp);
}

static struct err *add_rule(scmp_filter_ctx ctx, const struct oci_seccomp_rule *rule, size_t index,
			    uint32_t default_action)
{
	drop_mem char *place = mem_asprintf(PLACE ".syscalls[%zu]", index);
	uint32_t action;

	TRY(action_of(rule->action, &rule->errno_ret, place, &action));
	if (action == default_action) /* libseccomp refuses what changes nothing */
		return NULL;
	for (size_t i = 0; i < rule->names.n; i++) {
		int number = seccomp_syscall_resolve_name(rule->names.items[i]);

		if (number == __NR_SCMP_ERROR) /* unknown to this libseccomp: skipped by the spec */
			continue;
		int rc = add_call(ctx, action, number, &rule->args);
		if (rc < 0 && rc != -EEXIST)
			return err_sys(rc, "%s: rule for %s", place, rule->names.items[i]);
	}
	return NULL;
}

static struct err *add_archs(scmp_filter_ctx ctx, const struct oci_seccomp *profile)
{
	for (size_t i = 0; i < profile->architectures.n; i++) {
		int arch = profile->architectures.items[i];
		uint32_t token = arch_of(arch);
		int rc = token ? seccomp_arch_add(ctx, token) : -EINVAL;

		if (rc < 0 && rc != -EEXIST)
			return err_new(ERR_UNSUPPORTED,
				       PLACE ".architectures[%zu]: this libseccomp can't filter %s "
					     "here",
				       i, oci_names_of(&oci_seccomp_archs, (uint64_t)arch));
	}
	return NULL;
}

static struct err *fill(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
			uint32_t default_action)
{
	TRY(add_archs(ctx, profile));
	for (size_t i = 0; i < profile->syscalls.n; i++)
		TRY(add_rule(ctx, &profile->syscalls.items[i], i, default_action));
	if (profile->syscalls.n >= OPTIMISE_FROM)
		(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return NULL;
}

/* ---- calls that the profile can't know (lesson P20) ---- */

/*
 * A profile that answers EPERM by default breaks the C library's probing for newer calls, which
 * falls back only on ENOSYS. So calls with a number above the newest one that the profile names get
 * ENOSYS, by a block of instructions per architecture in front of libseccomp's program.
 *
 * No rule loses its effect by this: a call with a rule is named, so it is never above the newest.
 * What the profile names but this libseccomp can't resolve has no rule, so it may be above. Only
 * EPERM is replaced: whoever asks for another number gets that number.
 */
enum {
	STUB_BLOCK_MAX = 6,
	STUB_ARCHS_MAX = 32,
	/* Calls of ARM outside of the table (breakpoint, cacheflush, set_tls) start here. */
	ARM_PRIVATE = 0x0f0000,
};
struct stub {
	struct sock_filter insns[STUB_ARCHS_MAX * STUB_BLOCK_MAX + 1];
	size_t n;
	uint32_t archs[STUB_ARCHS_MAX]; /* that have their block */
	size_t archs_n;
};

/* Numbers from here on are not of the table: they keep libseccomp's verdict. */
static uint32_t table_end(uint32_t arch)
{
	if (arch == SCMP_ARCH_X86_64)
		return X32_BIT; /* x32 has this architecture too, and a bit in the number */
	if (arch == SCMP_ARCH_ARM)
		return ARM_PRIVATE;
	return INT32_MAX; /* -1 is a call that a tracer has cancelled */
}

static int newest_call(const struct oci_seccomp *profile, uint32_t arch)
{
	int newest = -1;

	for (size_t i = 0; i < profile->syscalls.n; i++) {
		const struct strv *names = &profile->syscalls.items[i].names;

		for (size_t j = 0; j < names->n; j++) {
			/* Negative: unknown, or known but not on this architecture. */
			int number = seccomp_syscall_resolve_name_arch(arch, names->items[j]);

			if (number > newest && (uint32_t)number < table_end(arch))
				newest = number;
		}
	}
	return newest;
}

static void emit(struct stub *stub, unsigned short code, uint32_t k, size_t jump_true,
		 size_t jump_false)
{
	stub->insns[stub->n++] = (struct sock_filter){
		.code = code,
		.jt = (unsigned char)jump_true,
		.jf = (unsigned char)jump_false,
		.k = k,
	};
}

/* Expects the architecture in the accumulator, and leaves it there for the next block. */
static void add_block(struct stub *stub, const struct oci_seccomp *profile, uint32_t arch)
{
	/* x32's calls come with x86_64's architecture, where they are beyond the table's end. */
	int newest = arch == SCMP_ARCH_X32 ? -1 : newest_call(profile, arch);

	for (size_t i = 0; i < stub->archs_n; i++)
		if (stub->archs[i] == arch)
			return;
	if (newest < 0 || stub->archs_n == STUB_ARCHS_MAX)
		return;
	stub->archs[stub->archs_n++] = arch;
	emit(stub, BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 5);
	emit(stub, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	emit(stub, BPF_JMP | BPF_JGE | BPF_K, table_end(arch), 2, 0);
	emit(stub, BPF_JMP | BPF_JGT | BPF_K, (uint32_t)newest, 0, 1);
	emit(stub, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
	emit(stub, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
}

static void make_stub(const struct oci_seccomp *profile, struct stub *out)
{
	emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	/* libseccomp filters the native one even if the profile has no list. */
	add_block(out, profile, seccomp_arch_native());
	for (size_t i = 0; i < profile->architectures.n; i++) {
		uint32_t arch = arch_of(profile->architectures.items[i]);

		if (arch)
			add_block(out, profile, arch);
	}
}

static bool wants_stub(const struct oci_seccomp *profile)
{
	return profile->default_action.v == OCI_ACT_ERRNO &&
	       (!profile->default_errno_ret.set || profile->default_errno_ret.v == EPERM);
}

/* ---- the program ---- */

static struct err *export_program(scmp_filter_ctx ctx, struct strbuf *out)
{
	drop_fd int fd = sys_memfd_create("seccomp", 0);

	if (fd < 0)
		return err_sys(fd, "memfd_create");
	int rc = seccomp_export_bpf(ctx, fd);
	if (rc < 0)
		return err_sys(rc, PLACE ": compile the filter");
	off_t start = sys_lseek(fd, 0, SEEK_SET);
	if (start < 0)
		return err_sys((int)start, "rewind the compiled filter");
	return io_read_fd(fd, "the compiled filter", PROGRAM_MAX, out);
}

static struct err *compile_into(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
				uint32_t default_action, struct strbuf *out)
{
	struct stub stub = { .n = 0, .archs_n = 0 };

	TRY(fill(ctx, profile, default_action));
	if (wants_stub(profile)) {
		make_stub(profile, &stub);
		strbuf_add_bytes(out, stub.insns, stub.n * sizeof(stub.insns[0]));
	}
	return export_program(ctx, out);
}

static struct err *compile(const struct oci_seccomp *profile, struct strbuf *out)
{
	uint32_t default_action;

	TRY(action_of(profile->default_action.v, &profile->default_errno_ret,
		      PLACE ".defaultErrnoRet", &default_action));
	scmp_filter_ctx ctx = seccomp_init(default_action);
	if (!ctx)
		return err_new(ERR_SYS, PLACE ": seccomp_init failed");
	struct err *err = compile_into(ctx, profile, default_action, out);
	seccomp_release(ctx);
	return err;
}

/* All that the program depends on. The number goes up when this file makes other programs. */
static char *make_key(const struct oci_seccomp *profile)
{
	const struct scmp_version *version = seccomp_version();
	drop_mem char *text = oci_seccomp_write_rules(profile);

	return mem_asprintf("filter 1, libseccomp %u.%u.%u, arch %x\n%s", version->major,
			    version->minor, version->micro, seccomp_arch_native(), text);
}

struct err *seccomp_filter_prepare(const struct plan_seccomp *plan, int cache_dirfd,
				   struct arena *arena, struct seccomp_filter *out)
{
	const struct oci_seccomp *profile = plan->profile;
	drop_strbuf struct strbuf program = { 0 };
	drop_mem char *key = cache_dirfd >= 0 ? make_key(profile) : NULL;

	if (!key || !seccomp_cache_read(cache_dirfd, key, &program)) {
		TRY(compile(profile, &program));
		if (key)
			seccomp_cache_write(cache_dirfd, key, &program);
	}
	size_t n = program.len / sizeof(struct sock_filter);
	if (n == 0 || n > BPF_MAXINSNS)
		return err_new(ERR_UNSUPPORTED,
			       PLACE ": the filter has %zu instructions, and the kernel takes %d",
			       n, BPF_MAXINSNS);
	out->program = arena_zalloc(arena, program.len);
	memcpy(out->program, program.data, program.len);
	out->len = (unsigned short)n;
	out->flags = plan->flags;
	return NULL;
}
