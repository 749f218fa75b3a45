// A file descriptor that is closed by whoever owned it last.
#pragma once

#include <unistd.h>
#include <utility>

namespace inquest {

class Descriptor {
 public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, none)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    bool is_open() const { return fd_ != none; }
    int get() const { return fd_; }
    /// Gives the descriptor away: closing it is the caller's affair now.
    int release() { return std::exchange(fd_, none); }
    void close() {
        if (is_open()) ::close(std::exchange(fd_, none));
    }

 private:
    static constexpr int none = -1;
    int fd_ = none;
};

}  // namespace inquest
