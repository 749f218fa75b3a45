#include "fence/secrets_file.hpp"

#include "fence/agent_call.hpp"
#include "heartbeat/base/descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace inquest::fence {
namespace {

constexpr mode_t others_may_read = S_IRWXG | S_IRWXO;
constexpr mode_t others_may_write = S_IWGRP | S_IWOTH;

bool is_option_name(std::string_view name) {
    return !name.empty() && name.size() <= fence_word_bytes_max &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
           });
}

bool is_value(std::string_view value) {
    return value.size() <= secret_bytes_max &&
           std::none_of(value.begin(), value.end(), [](char letter) {
               const auto byte = static_cast<unsigned char>(letter);
               return byte < 0x20 || byte == 0x7f;
           });
}

std::string_view stripped(std::string_view line) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<std::string> mistake_in(std::string_view name, std::string_view value) {
    if (!is_option_name(name))
        return "this is no `name=value`: write one option a line, `password=...`";
    if (is_reserved(name)) return fmt::format("`{}` is said by Inquest itself: leave it out", name);
    if (!is_value(value))
        return fmt::format("the value of `{}` is too long or has a control character: correct it",
                           name);
    return std::nullopt;
}

std::optional<std::string> unsafe(const struct stat& status, mode_t forbidden) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return fmt::format("it belongs to user {}: chown root it", status.st_uid);
    if ((status.st_mode & forbidden) != 0) {
        return fmt::format("others may {} it: chmod go-{} it",
                           forbidden == others_may_read ? "read or write" : "write into",
                           forbidden == others_may_read ? "rwx" : "w");
    }
    return std::nullopt;
}

tl::expected<std::string, std::string> read_all(int fd) {
    std::string text(secrets_file_bytes_max + 1, '\0');
    std::size_t length = 0;
    for (;;) {
        const ssize_t got = ::read(fd, text.data() + length, text.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return tl::unexpected(fmt::format("{}: make it readable", std::strerror(errno)));
        length += static_cast<std::size_t>(got);
        if (got == 0 || length == text.size()) break;
    }
    if (length == text.size()) {
        wipe(text);
        return tl::unexpected(fmt::format(
            "it has more than {} bytes: leave only `name=value` lines", secrets_file_bytes_max));
    }
    text.resize(length);
    return text;
}

tl::expected<Descriptor, std::string> open_folder(const std::filesystem::path& folder) {
    Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) {
        return tl::unexpected(fmt::format("{}: {}: make the folder, with mode 0700",
                                          folder.string(), std::strerror(errno)));
    }
    if (const auto why = unsafe(status, others_may_write))
        return tl::unexpected(fmt::format("{}: {}", folder.string(), *why));
    return fd;
}

tl::expected<std::string, std::string> read_safely(int folder, const std::string& name) {
    // Neither a link to elsewhere, nor a pipe that keeps us waiting.
    const Descriptor fd(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!fd.is_open() && errno == ELOOP)
        return tl::unexpected(std::string("it is a link: put the file itself there"));
    if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) {
        return tl::unexpected(
            fmt::format("{}: write it there, with mode 0600 and root's", std::strerror(errno)));
    }
    if (!S_ISREG(status.st_mode))
        return tl::unexpected(std::string("it is no regular file: put a file there"));
    if (const auto why = unsafe(status, others_may_read)) return tl::unexpected(*why);
    return read_all(fd.get());
}

}  // namespace

void wipe(std::string& text) { ::explicit_bzero(text.data(), text.size()); }

void Secrets::wipe() {
    for (FenceOption& pair : pairs_) fence::wipe(pair.value);
}

bool is_secrets_name(std::string_view name) {
    return !name.empty() && name.front() != '.' && name.size() <= fence_word_bytes_max &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

tl::expected<Secrets, std::string> parse_secrets(std::string_view text) {
    std::vector<FenceOption> pairs;
    pairs.reserve(secrets_max);  // so that no copy of one is left behind
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = stripped(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        const std::size_t equals = std::min(line.find('='), line.size());
        const std::string_view name = line.substr(0, equals);
        const std::string_view value = line.substr(std::min(equals + 1, line.size()));
        auto mistake = mistake_in(equals == line.size() ? "" : name, value);
        if (!mistake && pairs.size() == secrets_max) mistake = "there are too many: leave some out";
        if (mistake) {
            Secrets forget(std::move(pairs));
            return tl::unexpected(fmt::format("line {}: {}", number, *mistake));
        }
        pairs.push_back({std::string(name), std::string(value)});
    }
    return Secrets(std::move(pairs));
}

tl::expected<Secrets, std::string> read_secrets(const std::filesystem::path& folder,
                                                const std::string& name) {
    if (!is_secrets_name(name)) {
        return tl::unexpected(fmt::format(
            "secrets file `{}`: it is the name of no file in {}: give a name without `/`", name,
            folder.string()));
    }
    const std::string file = (folder / name).string();
    const auto opened = open_folder(folder);
    if (!opened) return tl::unexpected(opened.error());
    auto text = read_safely(opened->get(), name);
    if (!text) return tl::unexpected(fmt::format("{}: {}", file, text.error()));
    auto secrets = parse_secrets(*text);
    wipe(*text);
    if (!secrets) return tl::unexpected(fmt::format("{}: {}", file, secrets.error()));
    return std::move(*secrets);
}

}  // namespace inquest::fence
