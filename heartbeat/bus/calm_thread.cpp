#include "heartbeat/bus/calm_thread.hpp"

#include <csignal>
#include <pthread.h>
#include <sched.h>

namespace inquest::bus {

namespace {

/// All signals are blocked while it lives; a thread made meanwhile keeps them blocked.
class SignalsBlocked {
 public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
    sigset_t before_{};
};

class CalmAttributes {
 public:
    CalmAttributes() {
        const sched_param ordinary{};
        ::pthread_attr_init(&attributes_);
        ::pthread_attr_setinheritsched(&attributes_, PTHREAD_EXPLICIT_SCHED);
        ::pthread_attr_setschedpolicy(&attributes_, SCHED_OTHER);
        ::pthread_attr_setschedparam(&attributes_, &ordinary);
    }
    ~CalmAttributes() { ::pthread_attr_destroy(&attributes_); }
    CalmAttributes(const CalmAttributes&) = delete;
    CalmAttributes& operator=(const CalmAttributes&) = delete;

    const pthread_attr_t* get() const { return &attributes_; }

 private:
    pthread_attr_t attributes_{};
};

void* begin(void* work) {
    (*static_cast<const std::function<void()>*>(work))();
    return nullptr;
}

}  // namespace

Result<void> run_calmly(const std::function<void()>& work) {
    const CalmAttributes attributes;
    const SignalsBlocked blocked;
    pthread_t thread{};
    // The argument is read only; pthread_create has no way to say so.
    void* const argument = const_cast<std::function<void()>*>(&work);
    if (const int error = ::pthread_create(&thread, attributes.get(), begin, argument);
        error != 0) {
        return failed(error);
    }
    ::pthread_join(thread, nullptr);
    return {};
}

}  // namespace inquest::bus
