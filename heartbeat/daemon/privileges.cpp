#include "heartbeat/daemon/privileges.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr std::size_t thread_stack_bytes = 8 * 1024 * 1024;  // its own bookkeeping needs room
#else
constexpr std::size_t thread_stack_bytes = 256 * 1024;
#endif
constexpr std::size_t stack_touched_bytes = 128 * 1024;
/// Above ordinary threads and below the kernel's own watchdog threads.
constexpr int priority = 10;
/// A deciding thread that computes this long without waiting has gone wrong; the kernel ends it
/// before it starves the machine (getrlimit(2), RLIMIT_RTTIME).
constexpr rlim_t runaway_us = 2'000'000;

Privilege take_priority() {
    sched_param parameter{};
    parameter.sched_priority = priority;
    // Reset on fork: no child and no other thread inherits it.
    if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) == 0) {
        return {"real-time priority", true, fmt::format("SCHED_RR {}", priority), ""};
    }
    return {"real-time priority", false, std::strerror(errno),
            "run inquestd as root or with CAP_SYS_NICE; in a cgroup give it cpu.rt_runtime_us"};
}

[[gnu::noinline]] void touch_stack() {
    volatile char pages[stack_touched_bytes];
    for (std::size_t i = 0; i < sizeof pages; i += 4096) pages[i] = 0;
}

/// Reads every page of a program or library that is loaded: code that runs seldom must not wait for
/// a disk that stands still when it runs at last.
[[gnu::no_sanitize_address]] int read_segments(dl_phdr_info* loaded, std::size_t, void*) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (std::size_t i = 0; i < loaded->dlpi_phnum; ++i) {
        const auto& segment = loaded->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_R) == 0) continue;
        const std::uintptr_t from = (loaded->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const std::uintptr_t end = loaded->dlpi_addr + segment.p_vaddr + segment.p_memsz;
        for (std::uintptr_t at = from; at < end; at += page)
            static_cast<void>(*reinterpret_cast<const volatile char*>(at));
    }
    return 0;
}

/// What is there stays there; what nobody has touched takes no room, such as most of a thread's
/// stack. All code is touched here, and so is what the deciding thread needs of its own.
Privilege lock_memory() {
    if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
        return {"locked memory", false, std::strerror(errno),
                "run inquestd as root or with CAP_IPC_LOCK, or raise LimitMEMLOCK="};
    }
    touch_stack();
    ::dl_iterate_phdr(read_segments, nullptr);
    return {"locked memory", true, "all of it", ""};
}

}  // namespace

void prepare_memory() {
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) == 0) {
        ::pthread_attr_setstacksize(&attributes, thread_stack_bytes);
        ::pthread_setattr_default_np(&attributes);
        ::pthread_attr_destroy(&attributes);
    }
    ::mallopt(M_TRIM_THRESHOLD, -1);
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_ARENA_MAX, 2);  // one for the deciding thread, one for the others
}

std::vector<Privilege> take_privileges() {
    const rlimit runaway{runaway_us, runaway_us + 1'000'000};
    ::setrlimit(RLIMIT_RTTIME, &runaway);
    return {take_priority(), lock_memory()};
}

void take_keeper_privileges() {
    static_cast<void>(take_priority());
    static_cast<void>(::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
}

}  // namespace inquest::daemon
