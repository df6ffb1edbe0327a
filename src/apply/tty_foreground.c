/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run in the foreground: signals to the container, bytes between the caller's stdio and the
 * container's terminal, until the container's init ends. See tty.h. Parent only; no threads, one
 * poll loop.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "apply/notify.h"
#include "apply/tty.h"
#include "base/fd.h"
#include "sys/sys.h"

/* One direction. Not more than PIPE_BUF, so that a pipe that polls writable takes all of it. */
struct relay {
	int from, to; /* -1: that side is finished */
	bool to_tty;  /* end of file becomes ^D */
	size_t len, at;
	char buf[4096];
};
struct foreground {
	pid_t pid;
	int pidfd, console_fd, signal_fd;
	int status;
	bool ended;
	struct relay in, out;
	struct notify *notify; /* NULL: none */
	bool raw;	       /* the caller's terminal was made raw */
	struct termios saved;
};

/* ---- the caller's terminal ---- */

static void copy_size(const struct foreground *fg)
{
	struct winsize size;

	if (sys_ioctl(STDIN_FILENO, TIOCGWINSZ, &size) >= 0)
		(void)sys_ioctl(fg->console_fd, TIOCSWINSZ, &size);
}

static void make_raw(struct foreground *fg)
{
	struct termios raw;

	if (sys_ioctl(STDIN_FILENO, TCGETS, &fg->saved) < 0)
		return; /* no terminal */
	raw = fg->saved;
	cfmakeraw(&raw);
	fg->raw = sys_ioctl(STDIN_FILENO, TCSETSW, &raw) >= 0;
	copy_size(fg);
}

static void foreground_close(struct foreground *fg)
{
	if (fg->raw)
		(void)sys_ioctl(STDIN_FILENO, TCSETSW, &fg->saved);
	fd_closep(&fg->signal_fd);
}

/* ---- bytes ---- */

static void finish_source(struct relay *relay)
{
	relay->from = -1;
	/* A program that reads a terminal knows no end of file: the line discipline makes one of
	 * ^D. */
	if (relay->to_tty && relay->len == 0) {
		relay->buf[0] = 4;
		relay->at = 0;
		relay->len = 1;
	}
}

static void relay_read(struct relay *relay)
{
	ssize_t n = sys_read(relay->from, relay->buf, sizeof(relay->buf));

	if (n == -EAGAIN || n == -EINTR)
		return;
	/* EIO from the master: nobody has the other end open any more. */
	if (n <= 0) {
		finish_source(relay);
		return;
	}
	relay->at = 0;
	relay->len = (size_t)n;
}

static void relay_write(struct relay *relay)
{
	ssize_t n = sys_write(relay->to, relay->buf + relay->at, relay->len - relay->at);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n < 0) {
		relay->to =
			-1; /* nobody reads: what comes is dropped, so that the container goes on */
		relay->len = 0;
		return;
	}
	relay->at += (size_t)n;
	if (relay->at == relay->len)
		relay->at = relay->len = 0;
}

static void relay_step(struct relay *relay, short in_events, short out_events)
{
	if (relay->len == 0 && in_events)
		relay_read(relay);
	if (relay->len && relay->to < 0)
		relay->len = 0;
	else if (relay->len && out_events)
		relay_write(relay);
}

/* What the terminal still holds when init is gone. */
static void drain(struct foreground *fg)
{
	struct relay *out = &fg->out;

	while (out->from >= 0 || out->len) {
		if (out->len == 0) {
			relay_read(out);
			if (out->len == 0)
				return;
		}
		while (out->len && out->to >= 0) {
			struct pollfd fd = { .fd = out->to, .events = POLLOUT };

			(void)sys_poll(&fd, 1, -1);
			relay_write(out);
		}
		out->len = 0;
	}
}

/* ---- signals ---- */

/* Everything that can be relayed; faults of our own stay faults. */
static void signals_to_relay(sigset_t *out)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

	sigfillset(out);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		sigdelset(out, own[i]);
}

static void reap(struct foreground *fg)
{
	int status;
	pid_t pid;

	/* Orphans of the container come to us when we are its subreaper. */
	while ((pid = sys_waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != fg->pid)
			continue;
		fg->status = status;
		fg->ended = true;
	}
}

static void take_signal(struct foreground *fg)
{
	struct signalfd_siginfo info;

	if (sys_read(fg->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	switch ((int)info.ssi_signo) {
	case SIGCHLD:
		reap(fg);
		return;
	case SIGPIPE: /* ours: the reader of our output is gone */
	case SIGURG:
		return;
	case SIGWINCH:
		if (fg->console_fd >= 0) {
			copy_size(fg);
			return;
		}
		break;
	default:
		break;
	}
	(void)sys_pidfd_send_signal(fg->pidfd, (int)info.ssi_signo);
}

/* ---- the loop ---- */

static struct err *step(struct foreground *fg)
{
	struct relay *in = &fg->in, *out = &fg->out;
	struct pollfd fds[] = {
		{ .fd = fg->signal_fd, .events = POLLIN },
		{ .fd = fg->pidfd, .events = POLLIN },
		{ .fd = in->len ? -1 : in->from, .events = POLLIN },
		{ .fd = in->len ? in->to : -1, .events = POLLOUT },
		{ .fd = out->len ? -1 : out->from, .events = POLLIN },
		{ .fd = out->len ? out->to : -1, .events = POLLOUT },
		{ .fd = fg->notify ? fg->notify->listen_fd : -1, .events = POLLIN },
	};
	int rc = sys_poll(fds, ARRAY_LEN(fds), -1);

	if (rc == -EINTR)
		return NULL;
	if (rc < 0)
		return err_sys(rc, "poll");
	if (fds[0].revents)
		take_signal(fg);
	relay_step(in, fds[2].revents, fds[3].revents);
	relay_step(out, fds[4].revents, fds[5].revents);
	if (fds[6].revents)
		notify_take(fg->notify);
	if (fds[1].revents)
		reap(fg);
	return NULL;
}

static struct err *follow(struct foreground *fg)
{
	sigset_t signals;

	signals_to_relay(&signals);
	int rc = sys_sigprocmask(SIG_BLOCK, &signals, NULL);
	if (rc < 0)
		return err_sys(rc, "sigprocmask");
	fg->signal_fd = sys_signalfd(&signals);
	if (fg->signal_fd < 0)
		return err_sys(fg->signal_fd, "signalfd");
	reap(fg); /* what ended before its SIGCHLD was blocked */
	while (!fg->ended)
		TRY(step(fg));
	drain(fg);
	if (fg->notify)
		notify_take(fg->notify); /* the last word */
	return NULL;
}

struct err *tty_foreground(pid_t pid, int pidfd, int console_fd, struct notify *notify,
			   int *out_status)
{
	CLEANUP(foreground_close) struct foreground fg = {
		.pid = pid,
		.pidfd = pidfd,
		.console_fd = console_fd,
		.signal_fd = -1,
		.notify = notify,
		.in = { .from = -1, .to = -1, .to_tty = true },
		.out = { .from = -1, .to = -1 },
	};

	if (console_fd >= 0) {
		(void)sys_fcntl(console_fd, F_SETFL, O_NONBLOCK);
		make_raw(&fg);
		fg.in.from = STDIN_FILENO;
		fg.in.to = console_fd;
		fg.out.from = console_fd;
		fg.out.to = STDOUT_FILENO;
	}
	struct err *err = follow(&fg);
	*out_status = fg.status;
	return err;
}
