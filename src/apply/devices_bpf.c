/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as an eBPF program on a v2 group (BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15). The rule
 * that comes last decides, for each kind of access by itself: opening for reading and writing may
 * be allowed by two rules together. Parent only.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

/* Registers of the program. */
enum {
	R_RESULT = BPF_REG_0,
	R_CONTEXT = BPF_REG_1,
	R_TYPE = BPF_REG_2,
	R_ACCESS = BPF_REG_3, /* what no rule has decided yet */
	R_MAJOR = BPF_REG_4,
	R_MINOR = BPF_REG_5,
	R_DEVICE = BPF_REG_6, /* major and minor as one number */
	R_TEMP = BPF_REG_7,
};
enum { INSNS_PER_RULE = 5, INSNS_OTHER = 24, VERIFIER_LOG = 16 * 1024, MINOR_BITS = 20 };
/* BPF_CGROUP_MAX_PROGS: the kernel takes no more for one group. */
enum { PROGRAMS_MAX = 64 };
/* A jump's distance has 16 bits with a sign. */
enum { RULES_MAX = (INT16_MAX - INSNS_OTHER) / INSNS_PER_RULE };
/* Where a jump goes that is not known yet; settled when the program is complete. */
enum { TO_ALLOW = -1, TO_DENY = -2, TO_NEXT_TYPE = -3 };

struct program {
	struct bpf_insn *insns;
	size_t n;
};

static void emit(struct program *program, unsigned char code, unsigned char dst, unsigned char src,
		 short off, int imm)
{
	program->insns[program->n++] = (struct bpf_insn){
		.code = code,
		.dst_reg = dst & 0xf,
		.src_reg = src & 0xf,
		.off = off,
		.imm = imm,
	};
}

static void emit_return(struct program *program, int result)
{
	emit(program, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, result);
	emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* struct bpf_cgroup_dev_ctx: access_type is access << 16 | type, then major and minor. */
static void emit_head(struct program *program)
{
	emit(program, BPF_LDX | BPF_MEM | BPF_W, R_TYPE, R_CONTEXT, 0, 0);
	emit(program, BPF_ALU64 | BPF_MOV | BPF_X, R_ACCESS, R_TYPE, 0, 0);
	emit(program, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
	emit(program, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 0, 16);
	emit(program, BPF_LDX | BPF_MEM | BPF_W, R_MAJOR, R_CONTEXT, 4, 0);
	emit(program, BPF_LDX | BPF_MEM | BPF_W, R_MINOR, R_CONTEXT, 8, 0);
	emit(program, BPF_ALU64 | BPF_MOV | BPF_X, R_DEVICE, R_MAJOR, 0, 0);
	emit(program, BPF_ALU64 | BPF_LSH | BPF_K, R_DEVICE, 0, 0, MINOR_BITS);
	emit(program, BPF_ALU64 | BPF_OR | BPF_X, R_DEVICE, R_MINOR, 0, 0);
	/* access(2) with F_OK asks for nothing (lesson G23). */
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, R_ACCESS, 0, TO_ALLOW, 0);
}

static int kernel_access(unsigned int access)
{
	return (access & 1 ? BPF_DEVCG_ACC_READ : 0) | (access & 2 ? BPF_DEVCG_ACC_WRITE : 0) |
	       (access & 4 ? BPF_DEVCG_ACC_MKNOD : 0);
}

/* The device of a rule as one comparison: of both numbers, of one, or none (false). */
static bool device_of(const struct plan_device_rule *rule, unsigned char *reg, int *value)
{
	if (rule->major < 0 && rule->minor < 0)
		return false;
	if (rule->major >= 0 && rule->minor >= 0) {
		*reg = R_DEVICE;
		*value = (int)((uint32_t)rule->major << MINOR_BITS | (uint32_t)rule->minor);
	} else {
		*reg = rule->major >= 0 ? R_MAJOR : R_MINOR;
		*value = (int)(rule->major >= 0 ? rule->major : rule->minor);
	}
	return true;
}

/* As few branches as can be: following each of them in both directions is what the verifier spends
 * its time on, at every start of a container. */
static void emit_rule(struct program *program, const struct plan_device_rule *rule)
{
	short target = rule->allow ? TO_ALLOW : TO_DENY;
	unsigned char reg = 0;
	int value = 0;
	bool one = device_of(rule, &reg, &value);

	if (rule->access == 7 && one) {
		emit(program, BPF_JMP32 | BPF_JEQ | BPF_K, reg, 0, target, value);
		return;
	}
	if (rule->access == 7) {
		emit(program, BPF_JMP | BPF_JA, 0, 0, target, 0);
		return;
	}
	if (one)
		emit(program, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, rule->allow ? 2 : 3, value);
	if (rule->allow) { /* these kinds of access are settled; allowed when none is left */
		emit(program, BPF_ALU64 | BPF_AND | BPF_K, R_ACCESS, 0, 0,
		     ~kernel_access(rule->access) & 0x7);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, R_ACCESS, 0, target, 0);
	} else {
		emit(program, BPF_ALU64 | BPF_MOV | BPF_X, R_TEMP, R_ACCESS, 0, 0);
		emit(program, BPF_ALU64 | BPF_AND | BPF_K, R_TEMP, 0, 0,
		     kernel_access(rule->access));
		emit(program, BPF_JMP | BPF_JNE | BPF_K, R_TEMP, 0, target, 0);
	}
}

/* Gives the jumps that go to `target` their distance to the program's present end; false: none
 * does. */
static bool settle(struct program *program, short target)
{
	bool any = false;

	for (size_t i = 0; i < program->n; i++) {
		struct bpf_insn *insn = &program->insns[i];

		if ((BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32) &&
		    insn->off == target) {
			insn->off = (short)(program->n - i - 1);
			any = true;
		}
	}
	return any;
}

/* Rules of one type that follow each other share the look at the type. */
static void begin_type(struct program *program, char type)
{
	settle(program, TO_NEXT_TYPE);
	if (type != 'a')
		emit(program, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, 0, TO_NEXT_TYPE,
		     type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
}

static bool decides_all(const struct plan_device_rule *rule)
{
	return rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == 7;
}

/* The kernel's device numbers have 12 bits of major and 20 of minor. A rule for any other is no
 * device's; cut to 32 bits, its numbers would be those of another. */
static bool can_match(const struct plan_device_rule *rule)
{
	return rule->major < 1 << (32 - MINOR_BITS) && rule->minor < 1 << MINOR_BITS;
}

/* From the last rule to the first: the first that decides is the one that counts. */
static void build(struct program *program, const struct plan_device_rule *rules, size_t n)
{
	char type = 'a';
	bool otherwise = false, settled = false;

	emit_head(program);
	for (size_t i = n; i > 0; i--) {
		const struct plan_device_rule *rule = &rules[i - 1];

		if (!can_match(rule))
			continue;
		if (decides_all(rule)) { /* what stands before it never counts */
			otherwise = rule->allow;
			break;
		}
		if (rule->type != type) {
			begin_type(program, rule->type);
			settled = false;
		}
		type = rule->type;
		/* Behind a rule for all devices of the type nothing of it counts, and the verifier
		 * refuses what can't be reached. */
		if (!settled)
			emit_rule(program, rule);
		settled |= rule->access == 7 && rule->major < 0 && rule->minor < 0;
	}
	settle(program, TO_NEXT_TYPE);
	settle(program, otherwise ? TO_ALLOW : TO_DENY);
	emit_return(program, otherwise);
	/* The verifier refuses what can't be reached: where all is allowed nothing denies. */
	if (settle(program, otherwise ? TO_DENY : TO_ALLOW))
		emit_return(program, !otherwise);
}

static int load(const struct program *program, char *log, unsigned int log_size)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)program->insns,
		.insn_cnt = (uint32_t)program->n,
		.license = (uint64_t)(uintptr_t) "Apache-2.0",
	};

	if (log) {
		attr.log_buf = (uint64_t)(uintptr_t)log;
		attr.log_size = log_size;
		attr.log_level = 1;
	}
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static struct err *explain_load(const struct program *program, int rc)
{
	drop_mem char *log = mem_zalloc(VERIFIER_LOG);
	struct err *err = err_sys(rc, "linux.resources.devices: load the eBPF program");

	if (rc == -EPERM)
		return err_hint(err, "needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the "
				     "initial user namespace");
	int again = load(program, log, VERIFIER_LOG);
	if (again >= 0)
		fd_closep(&again);
	return *log ? err_hint(err, "the verifier says: %.400s", log) : err;
}

/* ---- attaching ---- */

static struct err *attach(int group_fd, int program_fd)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)group_fd,
		.attach_bpf_fd = (uint32_t)program_fd,
		.attach_type = BPF_CGROUP_DEVICE,
		/* So that the payload's manager may add stricter programs below. */
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	int rc = sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));

	return rc < 0 ? err_sys(rc, "linux.resources.devices: attach the eBPF program") : NULL;
}

/* The programs of the group itself; ids are filled up to *n, which becomes their number. */
static int query(int group_fd, uint32_t *ids, uint32_t *n, uint32_t *out_flags)
{
	union bpf_attr attr = {
		.query.target_fd = (uint32_t)group_fd,
		.query.attach_type = BPF_CGROUP_DEVICE,
		.query.prog_ids = (uint64_t)(uintptr_t)ids,
		.query.prog_cnt = *n,
	};
	int rc = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));

	*n = attr.query.prog_cnt;
	*out_flags = attr.query.attach_flags;
	return rc;
}

static struct err *detach(int group_fd, uint32_t id)
{
	union bpf_attr find = { .prog_id = id };
	drop_fd int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &find, sizeof(find));
	union bpf_attr attr = {
		.target_fd = (uint32_t)group_fd,
		.attach_bpf_fd = (uint32_t)fd,
		.attach_type = BPF_CGROUP_DEVICE,
	};
	/* What we may not read we can't take away (lesson G21); it only forbids, so that what was
	 * asked for is not widened by it. ENOENT: gone, or held there by a link of its owner's. */
	int rc = fd < 0 ? fd : sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));

	if (rc < 0 && rc != -ENOENT && rc != -EPERM && rc != -EACCES)
		return err_sys(rc, "linux.resources.devices: detach the eBPF program %u", id);
	return NULL;
}

/*
 * A group that was there has the programs of its past, and what one of them forbids stays forbidden
 * whatever ours says. Ours comes first, so that there is no moment without one; only where the
 * older one was attached as the only one can it not stand beside it.
 */
static struct err *replace(int group_fd, int program_fd)
{
	uint32_t ids[PROGRAMS_MAX], n = PROGRAMS_MAX, flags = 0;
	int rc = query(group_fd, ids, &n, &flags);

	if (rc < 0)
		return err_sys(rc, "linux.resources.devices: query the group's eBPF programs");
	bool beside = !n || (flags & BPF_F_ALLOW_MULTI);
	if (beside)
		TRY(attach(group_fd, program_fd));
	for (uint32_t i = 0; i < n; i++)
		TRY(detach(group_fd, ids[i]));
	return beside ? NULL : attach(group_fd, program_fd);
}

struct err *devices_bpf_set(const struct cgroup_group *group, const struct plan_device_rule *rules,
			    size_t rules_n)
{
	if (rules_n > RULES_MAX)
		return err_new(ERR_UNSUPPORTED,
			       "linux.resources.devices: %zu rules, defaults included, are more "
			       "than the %d that an eBPF program has room for",
			       rules_n, RULES_MAX);
	drop_mem struct bpf_insn *insns =
		mem_zalloc((rules_n * INSNS_PER_RULE + INSNS_OTHER) * sizeof(*insns));
	struct program program = { .insns = insns };

	build(&program, rules, rules_n);
	drop_fd int fd = load(&program, NULL, 0);
	if (fd < 0)
		return explain_load(&program, fd);
	return group->existed ? replace(group->dir_fd, fd) : attach(group->dir_fd, fd);
}
