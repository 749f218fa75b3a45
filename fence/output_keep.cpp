#include "fence/output_keep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace inquest::fence {
namespace {

constexpr std::string_view in_its_place = "[secret]";
/// Fewer letters would be found in any text.
constexpr std::size_t base64_bytes_min = 4;

std::string replaced(std::string text, std::string_view old, std::string_view fresh) {
    for (std::size_t at = text.find(old); at != std::string::npos;
         at = text.find(old, at + fresh.size()))
        text.replace(at, old.size(), fresh);
    return text;
}

std::string in_a_url(std::string_view text) {
    std::string made;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain =
            byte < 0x80 && (std::isalnum(byte) != 0 ||
                            std::string_view("-._~").find(letter) != std::string_view::npos);
        if (plain)
            made += letter;
        else
            made += fmt::format("%{:02X}", byte);
    }
    return made;
}

/// Behind `before` other bytes, as in `user:password`. The letters at both ends depend on what
/// stands beside it, and are left to stand.
std::string in_base64(std::string_view text, unsigned before) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string made;
    std::uint32_t held = 0;
    unsigned bits = before * 2;
    bool whole = before == 0;
    for (const char letter : text) {
        held = (held << 8) | static_cast<unsigned char>(letter);
        for (bits += 8; bits >= 6; bits -= 6) {
            if (whole) made += letters[(held >> (bits - 6)) & 63U];
            whole = true;
        }
    }
    return made;
}

std::string escaped(std::string text, std::string_view quote) {
    text = replaced(std::move(text), "\\", "\\\\");
    return replaced(std::move(text), quote, std::string("\\").append(quote));
}

std::string in_xml(std::string text) {
    text = replaced(std::move(text), "&", "&amp;");
    text = replaced(std::move(text), "<", "&lt;");
    return replaced(std::move(text), "\"", "&quot;");
}

/// The longest end of `text` that a secret begins with.
std::size_t begun_at_end(std::string_view text, std::string_view secret) {
    for (std::size_t length = std::min(secret.size(), text.size()); length > 0; --length) {
        if (text.substr(text.size() - length) == secret.substr(0, length)) return length;
    }
    return 0;
}

/// The longest beginning of `text` that a secret ends with.
std::size_t ended_at_begin(std::string_view text, std::string_view secret) {
    for (std::size_t length = std::min(secret.size(), text.size()); length > 0; --length) {
        if (text.substr(0, length) == secret.substr(secret.size() - length)) return length;
    }
    return 0;
}

}  // namespace

void OutputKeep::add(std::string_view written) {
    const std::size_t room = head_bytes_ - head_.size();
    head_.append(written.substr(0, room));
    written.remove_prefix(std::min(room, written.size()));
    tail_.append(written);
    if (tail_.size() <= tail_bytes_) return;
    dropped_ += tail_.size() - tail_bytes_;
    tail_.erase(0, tail_.size() - tail_bytes_);
}

std::string OutputKeep::without(const std::vector<std::string>& secrets) const {
    const std::vector<std::string> forms = forms_of(secrets);
    if (is_whole()) return fence::without(head_ + tail_, forms);
    std::string head = fence::without(head_, forms);
    std::string tail = fence::without(tail_, forms);
    std::size_t head_cut = 0;
    std::size_t tail_cut = 0;
    for (const std::string& form : forms) {
        head_cut = std::max(head_cut, begun_at_end(head, form));
        tail_cut = std::max(tail_cut, ended_at_begin(tail, form));
    }
    head.resize(head.size() - head_cut);
    tail.erase(0, tail_cut);
    return fmt::format("{}\n[{} bytes left out]\n{}", head, dropped_, tail);
}

std::vector<std::string> forms_of(const std::vector<std::string>& secrets) {
    std::vector<std::string> forms;
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        for (std::string form :
             {secret, in_a_url(secret), escaped(secret, "\""), escaped(secret, "'"), in_xml(secret),
              replaced(secret, "'", "'\"'\"'")})
            forms.push_back(std::move(form));
        for (const unsigned before : {0U, 1U, 2U}) {
            std::string form = in_base64(secret, before);
            if (form.size() >= base64_bytes_min) forms.push_back(std::move(form));
        }
    }
    std::sort(forms.begin(), forms.end(), [](const std::string& one, const std::string& other) {
        return one.size() != other.size() ? one.size() > other.size() : one < other;
    });
    forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
    return forms;
}

std::string without(std::string text, const std::vector<std::string>& forms) {
    for (const std::string& form : forms) text = replaced(std::move(text), form, in_its_place);
    return text;
}

}  // namespace inquest::fence
