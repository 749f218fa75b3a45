// What an agent must be told and nobody else: a file of this node in /etc/inquest/fence.
//
// It never travels, never stands in the ledger, and is read anew for each order, so that a changed
// password counts at once. It is refused where others could read or plant it.
#pragma once

#include "heartbeat/core/fence_topology.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::fence {

inline constexpr std::size_t secrets_file_bytes_max = 16 * 1024;
inline constexpr std::size_t secrets_max = 32;
inline constexpr std::size_t secret_bytes_max = 1024;

/// `name=value` pairs that are wiped when nobody needs them any more.
class Secrets {
 public:
    Secrets() = default;
    explicit Secrets(std::vector<FenceOption> pairs) : pairs_(std::move(pairs)) {}
    ~Secrets() { wipe(); }
    Secrets(Secrets&& other) noexcept = default;
    Secrets& operator=(Secrets&& other) noexcept {
        wipe();
        pairs_ = std::move(other.pairs_);
        return *this;
    }
    Secrets(const Secrets&) = delete;
    Secrets& operator=(const Secrets&) = delete;

    const std::vector<FenceOption>& pairs() const { return pairs_; }

 private:
    void wipe();

    std::vector<FenceOption> pairs_;
};

/// Overwrites a text before it is forgotten.
void wipe(std::string& text);

/// Neither empty, nor with a `/` in it, nor hidden.
bool is_secrets_name(std::string_view name);

/// Error: `line 3: ...`, never with a value in it.
tl::expected<Secrets, std::string> parse_secrets(std::string_view text);

/// Error: the file, what is wrong with it, what to do.
tl::expected<Secrets, std::string> read_secrets(const std::filesystem::path& folder,
                                                const std::string& name);

}  // namespace inquest::fence
