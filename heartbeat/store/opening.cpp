#include "heartbeat/store/opening.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace inquest::store {
namespace {

using std::filesystem::path;
using Reason = Refusal::Reason;

// sqlite.org/fileformat2.html#the_database_header
constexpr std::size_t header_bytes = 100;
constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr std::size_t version_at = 60;
constexpr std::size_t application_at = 68;

tl::unexpected<Refusal> no(Reason reason, const path& file, std::string_view rest) {
    return tl::unexpected(Refusal{reason, fmt::format("{}: {}", file.string(), rest)});
}

path folder_of(const path& file) { return file.has_parent_path() ? file.parent_path() : "."; }

tl::unexpected<Refusal> cannot_open(const path& file, const Purpose& purpose, int error) {
    const std::string why = std::strerror(error);
    switch (error) {
        case ENOENT:
            return no(Reason::missing, file,
                      fmt::format("{} is not here: {}", purpose.noun, purpose.remedy));
        case ELOOP:
        case EISDIR:
        case ENXIO:
        case ENODEV:
            return no(Reason::not_a_file, file,
                      "is no ordinary file: move it aside and put the file itself there");
        case EACCES:
        case EPERM:
        case EROFS:
            return no(Reason::not_permitted, file,
                      why + ": make the file and its folder writable for inquestd");
        default: return no(Reason::failed, file, why + ": look for the disk in the kernel's log");
    }
}

std::uint32_t field(const std::array<unsigned char, header_bytes>& header, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | header[at + i];
    return value;
}

OrRefusal<void> judge_version(const path& file, const Purpose& purpose, std::uint64_t version) {
    if (version == purpose.version) return {};
    if (version < purpose.version) {
        return tl::unexpected(damaged(file, purpose, "has tables of no known version"));
    }
    return no(Reason::newer, file,
              fmt::format("was written by a newer Inquest (tables of version {}, this one knows "
                          "{}): install that version again",
                          version, purpose.version));
}

OrRefusal<void> judge_header(const path& file, const Purpose& purpose, int fd) {
    std::array<unsigned char, header_bytes> header{};
    const ssize_t length = ::pread(fd, header.data(), header.size(), 0);
    if (length < 0) {
        return tl::unexpected(
            damaged(file, purpose, fmt::format("cannot be read ({})", std::strerror(errno))));
    }
    const bool whole = static_cast<std::size_t>(length) == header.size();
    if (!whole || std::memcmp(header.data(), magic.data(), magic.size()) != 0) {
        return no(Reason::foreign, file,
                  fmt::format("is no SQLite database, or its beginning is destroyed: {}",
                              purpose.remedy));
    }
    if (field(header, application_at) != purpose.application) {
        return no(Reason::foreign, file,
                  fmt::format("is a database, but not {}: move it aside: {}", purpose.noun,
                              purpose.remedy));
    }
    return judge_version(file, purpose, field(header, version_at));
}

OrRefusal<WriteAhead> judge_write_ahead(const path& file, const Purpose& purpose) {
    const path log = write_ahead_file(file);
    const Result<WriteAhead> found = inspect_write_ahead(log);
    if (!found) {
        return tl::unexpected(
            damaged(log, purpose, fmt::format("cannot be read ({})", found.error().message())));
    }
    if (found->state == WriteAhead::State::broken) {
        return tl::unexpected(
            damaged(log, purpose,
                    fmt::format("is damaged at frame {}, and later writes stand behind it",
                                found->frames + 1)));
    }
    return *found;
}

}  // namespace

path write_ahead_file(const path& file) { return file.string() + "-wal"; }

Refusal damaged(const path& file, const Purpose& purpose, std::string_view what) {
    return {Reason::damaged, fmt::format("{}: {}: {}", file.string(), what, purpose.remedy)};
}

Refusal refusal(const path& file, const Purpose& purpose, const std::error_code& error) {
    if (is_locked(error)) {
        return {Reason::locked,
                fmt::format("{}: another program uses it: end that program (fuser {})",
                            file.string(), file.string())};
    }
    if (is_full(error)) {
        return {Reason::failed,
                fmt::format("{}: the disk is full: free space, then start again", file.string())};
    }
    const std::string what = fmt::format("cannot be read ({})", error.message());
    if (is_damage(error)) return damaged(file, purpose, what);
    return {Reason::failed,
            fmt::format("{}: {}: look for the disk in the kernel's log", file.string(), what)};
}

OrRefusal<Examined> examine(const path& file, const Purpose& purpose) {
    Examined result;
    result.lock =
        Descriptor(::open(file.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!result.lock.is_open()) return cannot_open(file, purpose, errno);
    struct stat status {};
    if (::fstat(result.lock.get(), &status) != 0) return cannot_open(file, purpose, errno);
    if (!S_ISREG(status.st_mode)) return cannot_open(file, purpose, ENODEV);
    if (::access(folder_of(file).c_str(), W_OK) != 0) return cannot_open(file, purpose, errno);
    if (::flock(result.lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return no(
            Reason::locked, file,
            fmt::format("another program uses it: end that program (fuser {})", file.string()));
    }
    if (auto sound = judge_header(file, purpose, result.lock.get()); !sound) {
        return tl::unexpected(sound.error());
    }
    auto write_ahead = judge_write_ahead(file, purpose);
    if (!write_ahead) return tl::unexpected(write_ahead.error());
    result.write_ahead = *write_ahead;
    return result;
}

OrRefusal<void> make(const path& file, const Purpose& purpose,
                     const std::function<Result<void>(Connection&)>& fill) {
    for (const path& taken : {file, write_ahead_file(file)}) {
        struct stat status {};
        if (::lstat(taken.c_str(), &status) == 0) {
            return no(Reason::exists, taken,
                      fmt::format("is there already, and {} is never overwritten: move it aside "
                                  "if it is of no use",
                                  purpose.noun));
        }
    }
    const path fresh = file.string() + ".new";
    for (const char* part : {"", "-wal", "-journal"}) ::unlink((fresh.string() + part).c_str());
    if (const Descriptor fd(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        !fd.is_open()) {
        return cannot_open(fresh, purpose, errno);
    }
    const auto filled =
        Connection::open(fresh, Connection::Durable::against_power)
            .and_then([&](Connection connection) {
                return connection
                    .execute(fmt::format("PRAGMA application_id={}; "
                                         "PRAGMA user_version={};",
                                         purpose.application, purpose.version))
                    .and_then([&] { return fill(connection); })
                    .and_then([&] { return connection.execute("PRAGMA journal_mode=WAL"); })
                    .map([&] { connection.close(Connection::Closing::tidy); });
            });
    if (!filled) {
        ::unlink(fresh.c_str());
        return no(Reason::failed, file,
                  fmt::format("cannot be made ({}): free space or mend the disk, then try again",
                              filled.error().message()));
    }
    // link(2) rather than rename(2): what has come there meanwhile is not replaced.
    if (::link(fresh.c_str(), file.c_str()) != 0) return cannot_open(file, purpose, errno);
    ::unlink(fresh.c_str());
    const Descriptor folder(::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() || ::fsync(folder.get()) != 0) return cannot_open(file, purpose, errno);
    return {};
}

OrRefusal<Connection> connect(const path& file, const Purpose& purpose,
                              Connection::Durable durable) {
    auto connection = Connection::open(file, durable);
    if (!connection) return tl::unexpected(refusal(file, purpose, connection.error()));
    const Result<std::string> sound = connection->text("PRAGMA quick_check(1)");
    if (!sound) return tl::unexpected(refusal(file, purpose, sound.error()));
    if (*sound != "ok") return tl::unexpected(damaged(file, purpose, "is damaged inside"));
    // Once more, because a newer one may stand in the write-ahead log.
    const Result<std::uint64_t> version = connection->number("PRAGMA user_version");
    if (!version) return tl::unexpected(refusal(file, purpose, version.error()));
    if (auto right = judge_version(file, purpose, *version); !right) {
        return tl::unexpected(right.error());
    }
    return std::move(*connection);
}

}  // namespace inquest::store
