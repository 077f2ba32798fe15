#include "cmd/confine.h"

#include "base/log.h"
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Names that this machine's libseccomp does not know are left out: its kernel has no such call. */
static const char *const denied[] = {
    /* other programs */
    "execve",
    "execveat",
    "fork",
    "vfork",
    /* other processes */
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "kcmp",
    "migrate_pages",
    "move_pages",
    /* who this is */
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setfsuid",
    "setfsgid",
    "setgroups",
    "capset",
    "personality",
    /* what the machine is */
    "mount",
    "umount2",
    "umount",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "unshare",
    "setns",
    "reboot",
    "swapon",
    "swapoff",
    "sethostname",
    "setdomainname",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "acct",
    "quotactl",
    "quotactl_fd",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "iopl",
    "ioperm",
    "syslog",
    "nfsservctl",
    "vhangup",
    "mknod",
    "mknodat",
    /* doors into the kernel */
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "lookup_dcookie",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
};

static int deny(scmp_filter_ctx filter, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number == __NR_SCMP_ERROR)
        return 0;
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
}

/* Threads are clones that share everything; any other clone is a process. glibc falls back to clone
 * where clone3, whose flags no filter can see, is said not to exist. */
static int deny_processes(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp is_process = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0);
    int error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                       &is_process);

    return error ? error : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int deny_all(scmp_filter_ctx filter, bool calls_out)
{
    int error = deny_processes(filter);

    for (size_t i = 0; error == 0 && i < sizeof(denied) / sizeof(denied[0]); i++)
        error = deny(filter, denied[i]);
    if (error == 0 && !calls_out)
        error = deny(filter, "connect");
    return error;
}

static int load(scmp_filter_ctx filter, bool calls_out)
{
    int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (error == 0)
        error = deny_all(filter, calls_out);
    return error ? error : seccomp_load(filter); /* sets no_new_privs too */
}

void confine_memory(void)
{
    static const struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void confine_calls(bool calls_out)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int error = filter ? load(filter, calls_out) : -ENOMEM;

    if (filter)
        seccomp_release(filter);
    if (error)
        log_warn("system calls that are not needed could not be given up; going on with them",
                 LOG_CSTR("reason", strerror(-error)));
}
