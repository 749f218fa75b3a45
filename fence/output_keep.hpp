// What a program writes, bounded, and without the secrets that it was told.
//
// The beginning and the end are kept, for the one says what a program is about and the other how
// it ended. An agent that cannot log in likes to quote what it was told; so each secret is
// replaced, also as it looks in a URL, a shell command, a text of Python or JSON, or base64, and
// also where a cut went through it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::fence {

class OutputKeep {
 public:
    OutputKeep(std::size_t head_bytes, std::size_t tail_bytes)
        : head_bytes_(head_bytes), tail_bytes_(tail_bytes) {}

    void add(std::string_view written);
    /// Nothing was dropped in between.
    bool is_whole() const { return dropped_ == 0; }
    std::string without(const std::vector<std::string>& secrets) const;

 private:
    std::size_t head_bytes_;
    std::size_t tail_bytes_;
    std::string head_;
    std::string tail_;
    std::size_t dropped_ = 0;
};

/// Every form in which these may turn up, the longest first.
std::vector<std::string> forms_of(const std::vector<std::string>& secrets);

/// `text` with none of them in it.
std::string without(std::string text, const std::vector<std::string>& forms);

}  // namespace inquest::fence
