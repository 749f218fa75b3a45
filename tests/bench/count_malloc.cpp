// Counts the allocations of a process, a thread at a time, without changing them: a library for
// LD_PRELOAD. "No allocation per beat in steady state" is a promise about the whole daemon, its
// libraries included, so it is counted where all of them end: at malloc(3).
//
// The counts stand in the file that INQUEST_COUNT_MALLOC names, mapped by both sides, so that
// reading them disturbs nothing: 64 slots of four 64-bit integers (thread id, allocations, bytes,
// frees) in the machine's own byte order. Threads beyond the 64th share the last slot.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The real ones, under the names that glibc exports them by beside the interposable ones.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}

namespace {

struct Slot {
    std::atomic<std::uint64_t> thread;
    std::atomic<std::uint64_t> allocations;
    std::atomic<std::uint64_t> bytes;
    std::atomic<std::uint64_t> frees;
};

constexpr std::size_t slots_max = 64;

std::atomic<Slot*> slots{nullptr};
std::atomic<std::size_t> taken{0};
/// Initial-exec, because the other models may allocate on first use.
thread_local Slot* own [[gnu::tls_model("initial-exec")]] = nullptr;

/// Nothing before the file is mapped: what happens while the program is loaded is not of interest.
Slot* slot() {
    if (own != nullptr) return own;
    Slot* const first = slots.load(std::memory_order_acquire);
    if (first == nullptr) return nullptr;
    const std::size_t place = taken.fetch_add(1);
    own = first + (place < slots_max ? place : slots_max - 1);
    own->thread = static_cast<std::uint64_t>(::syscall(SYS_gettid));
    return own;
}

void count(std::size_t size) {
    Slot* const mine = slot();
    if (mine == nullptr) return;
    mine->allocations.fetch_add(1, std::memory_order_relaxed);
    mine->bytes.fetch_add(size, std::memory_order_relaxed);
}

[[gnu::constructor]] void map_counts() {
    const char* const name = std::getenv("INQUEST_COUNT_MALLOC");
    if (name == nullptr) return;
    const int file = ::open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return;
    constexpr std::size_t bytes = slots_max * sizeof(Slot);
    if (::ftruncate(file, bytes) == 0) {
        void* const shared = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (shared != MAP_FAILED)
            slots.store(static_cast<Slot*>(shared), std::memory_order_release);
    }
    ::close(file);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
    count(size);
    return __libc_malloc(size);
}

void* calloc(std::size_t count_of, std::size_t size) noexcept {
    count(count_of * size);
    return __libc_calloc(count_of, size);
}

void* realloc(void* old, std::size_t size) noexcept {
    count(size);
    return __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
    count(size);
    return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
    count(size);
    *memory = __libc_memalign(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) noexcept {
    if (memory != nullptr) {
        if (Slot* const mine = slot()) mine->frees.fetch_add(1, std::memory_order_relaxed);
    }
    __libc_free(memory);
}

}  // extern "C"
