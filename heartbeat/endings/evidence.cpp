#include "heartbeat/endings/evidence.hpp"

#include "heartbeat/endings/power_records.hpp"
#include "heartbeat/endings/small_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <memory>
#include <sys/stat.h>

namespace inquest::endings {
namespace {

using std::filesystem::path;

/// Half a megabyte of wtmp: months of a server's logins.
constexpr std::size_t power_records_max = 1400;
constexpr std::size_t entries_max = 64;
constexpr std::size_t entries_read_max = 4096;

bool is_absent(const std::error_code& error) {
    return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

void note(Facts& facts, const path& place, const std::string& why) {
    facts.unreadable.push_back(fmt::format("{} could not be read ({})", place.string(), why));
}

std::optional<RunRecord> record_in(const path& file, Facts& facts) {
    const auto text = read_small_file(file, record_bytes + 1);
    if (!text) {
        if (!is_absent(text.error())) note(facts, file, text.error().message());
        return std::nullopt;
    }
    const auto record = parse_record(*text);
    if (!record) note(facts, file, record.error());
    return record ? std::optional(*record) : std::nullopt;
}

/// The newest names first of what stands in a folder, at most entries_max, without hidden ones.
std::vector<std::string> names_in(const path& folder, Facts& facts) {
    struct Close {
        void operator()(DIR* open) const { ::closedir(open); }
    };
    const std::unique_ptr<DIR, Close> open(::opendir(folder.c_str()));
    if (!open) {
        const std::error_code error(errno, std::system_category());
        if (!is_absent(error)) note(facts, folder, error.message());
        return {};
    }
    std::vector<std::string> names;
    std::size_t read = 0;
    for (const dirent* entry = nullptr;
         read < entries_read_max && (entry = ::readdir(open.get())) != nullptr; ++read) {
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    // systemd-pstore names its folders after the time, so the last names are the newest.
    std::sort(names.rbegin(), names.rend());
    if (names.size() > entries_max) names.resize(entries_max);
    return names;
}

void gather_shutdown(const path& wtmp, Facts& facts) {
    const auto records = read_last_records(wtmp, power_record_bytes, power_records_max);
    if (records) {
        facts.shutdown = last_shutdown(*records);
    } else if (is_absent(records.error())) {
        facts.unreadable.push_back(
            fmt::format("{} is not here: it would say of a shutdown in order", wtmp.string()));
    } else {
        note(facts, wtmp, records.error().message());
    }
}

/// The kernel writes the bits in decimal, older ones in hexadecimal with 0x before it.
std::optional<std::uint32_t> bits_of(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::uint32_t bits = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), bits, hexadecimal ? 16 : 10);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional(bits) : std::nullopt;
}

void gather_watchdogs(const path& folder, Facts& facts) {
    for (const std::string& device : names_in(folder, facts)) {
        const auto text = read_small_file(folder / device / "bootstatus");
        const auto bits = text ? bits_of(*text) : std::nullopt;
        if (bits) facts.watchdogs.push_back({device, *bits});
    }
}

void gather_crashes(const path& folder, Facts& facts) {
    for (const std::string& name : names_in(folder, facts)) {
        struct stat status {};
        const path entry = folder / name;
        if (::lstat(entry.c_str(), &status) != 0) continue;
        facts.crashes.push_back(
            {entry.string(), Wall(std::chrono::seconds(status.st_mtim.tv_sec))});
    }
}

}  // namespace

Facts gather(const Places& places, Wall booted) {
    Facts facts;
    if (auto id = read_boot_id(places.etc)) {
        facts.boot_id = std::move(*id);
    } else {
        facts.unreadable.push_back(id.error());
    }
    facts.run = record_in(places.state / run_file, facts);
    facts.earlier = record_in(places.state / earlier_run_file, facts);
    facts.last_boot = record_in(places.state / last_boot_file, facts);
    if (!facts.boot_id || facts.boot_id->kernel == Kernel::shared) return facts;
    facts.booted = booted;
    gather_shutdown(places.wtmp, facts);
    gather_watchdogs(places.watchdogs, facts);
    gather_crashes(places.pstore, facts);
    gather_crashes(places.pstore_archive, facts);
    return facts;
}

}  // namespace inquest::endings
