#include "heartbeat/daemon/beginning.hpp"

#include "heartbeat/daemon/recovering.hpp"
#include "heartbeat/daemon/small_file.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <fmt/format.h>

#include <sstream>

namespace inquest::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t small_file_max = 4096;

fs::path begin_file(const fs::path& state) { return state / "begin"; }
fs::path member_file(const fs::path& state) { return state / "member"; }
fs::path removed_file(const fs::path& state) { return state / "removed"; }
fs::path ledger_file(const fs::path& state) { return state / "ledger.db"; }

// ---- The founding -------------------------------------------------------------------------------

AgreedPath terms_of(const config::HostConfig& here, std::size_t place) {
    const PathConfig& path = here.cluster.paths[place];
    return {.name = path.name,
            .kind = path.kind,
            .fate = path.fate,
            .port = here.ports[place],
            .admin = path.admin};
}

AgreedMember founder(const config::HostConfig& here) {
    const MemberConfig& self = here.member(here.self);
    AgreedMember member{.id = here.self,
                        .name = self.name,
                        .role = self.role,
                        .votes = Vote::yes,
                        .standing = AgreedMember::Standing::joined};
    for (std::size_t place = 0; place < here.cluster.paths.size(); ++place) {
        const PathId path(static_cast<std::uint8_t>(place));
        if (const config::Endpoint* end = here.endpoint(here.self, path))
            member.addresses.push_back({path, end->address.text});
    }
    return member;
}

std::vector<ClusterEntry::Body> first_sentences(const config::HostConfig& here,
                                                const ClusterUuid& uuid, std::string_view keys) {
    std::vector<ClusterEntry::Body> bodies;
    bodies.emplace_back(Founded{here.cluster.name, uuid, here.cluster.timing});
    for (std::size_t place = 0; place < here.cluster.paths.size(); ++place)
        bodies.emplace_back(
            PathSet{PathId(static_cast<std::uint8_t>(place)), terms_of(here, place)});
    bodies.emplace_back(Invited{founder(here)});
    for (const AgreedKey& key : wire::agreed_keys(keys)) bodies.emplace_back(KeyAdded{key});
    return bodies;
}

// ---- The files ----------------------------------------------------------------------------------

tl::expected<std::optional<Begin>, std::string> read_begin(const fs::path& state) {
    const auto text = read_small_file(begin_file(state), small_file_max);
    if (!text) return tl::unexpected(text.error());
    if (!*text) return std::nullopt;
    const auto begin = parse_begin(**text);
    if (!begin)
        return tl::unexpected(
            fmt::format("{}: {}: remove it with `inquest reset-node`, and begin "
                        "again",
                        begin_file(state).string(), begin.error()));
    return *begin;
}

tl::expected<ledger::Restored, std::string> beginning_of(const fs::path& state,
                                                         const config::HostConfig& here,
                                                         const Begin& begin, std::string_view keys,
                                                         std::int64_t wall_seconds) {
    if (const auto* found = std::get_if<BeginFounding>(&begin))
        return founding(here, found->uuid, keys, wall_seconds);
    if (const auto* restoring = std::get_if<BeginRestoring>(&begin))
        return restored_ledger(state, here, keys, restoring->wall_seconds, restoring->person);
    return ledger::blank();
}

/// The ledger as it begins: the file is complete under its name, or is not there.
std::optional<std::string> create(const fs::path& state, const config::HostConfig& here,
                                  const Begin& begin, std::string_view keys,
                                  std::int64_t wall_seconds) {
    const auto restored = beginning_of(state, here, begin, keys, wall_seconds);
    if (!restored) return restored.error();
    const store::Identity identity{here.cluster.name, here.self};
    const auto created = store::Database::create(ledger_file(state), identity, *restored);
    if (!created) return created.error().line;
    return std::nullopt;
}

bool is_restoring(const std::optional<Begin>& begin) {
    return begin && std::holds_alternative<BeginRestoring>(*begin);
}

tl::expected<Membership, std::string> open(const fs::path& state, const config::HostConfig& here) {
    auto opened = store::Database::open(ledger_file(state), {here.cluster.name, here.self}, {});
    if (!opened) return tl::unexpected(opened.error().line);
    Membership membership{.mode = Membership::Mode::ledger};
    membership.opened.emplace(std::move(*opened));
    return membership;
}

}  // namespace

tl::expected<Begin, std::string> parse_begin(std::string_view text) {
    std::istringstream words{std::string(text)};
    std::string verb;
    words >> verb;
    if (verb == "found") {
        std::string hex;
        words >> hex;
        if (const auto uuid = wire::from_hex<ClusterUuid>(hex)) return BeginFounding{*uuid};
        return tl::unexpected<std::string>("`found` wants 32 hexadecimal digits");
    }
    if (verb == "join") {
        unsigned member = 0;
        std::string hex;
        words >> member >> hex;
        const auto secret = wire::from_hex<wire::Secret>(hex);
        if (member >= 1 && member <= 0xffff && secret)
            return BeginJoining{MemberId(static_cast<std::uint16_t>(member)), *secret};
        return tl::unexpected<std::string>(
            "`join` wants a member's number and 32 hexadecimal "
            "digits");
    }
    if (verb == "restore") {
        BeginRestoring restoring;
        if (words >> restoring.wall_seconds >> restoring.person) return restoring;
        return tl::unexpected<std::string>("`restore` wants a time and who confirmed it");
    }
    return tl::unexpected<std::string>("it begins with neither `found`, `join` nor `restore`");
}

ledger::Restored founding(const config::HostConfig& here, const ClusterUuid& uuid,
                          std::string_view keys, std::int64_t wall_seconds) {
    ledger::Voters voters;
    voters.push_back(here.self);
    ledger::Restored restored = ledger::beginning(voters);
    restored.term = ledger::Term(1);
    restored.vote = here.self;
    for (ClusterEntry::Body& body : first_sentences(here, uuid, keys)) {
        ClusterEntry entry{.asked_by = here.self, .wall_seconds = wall_seconds};
        entry.body = std::move(body);
        restored.entries.push_back({.index = ledger::Index(restored.entries.size() + 1),
                                    .term = restored.term,
                                    .kind = ledger::EntryKind::command,
                                    .members = {},
                                    .bytes = wire::encode(entry)});
    }
    restored.commit = ledger::Index(restored.entries.size());
    return restored;
}

tl::expected<Membership, std::string> begin_membership(const fs::path& state,
                                                       const config::HostConfig& here,
                                                       std::string_view keys,
                                                       std::int64_t wall_seconds) {
    const auto removed = read_small_file(removed_file(state), small_file_max);
    if (!removed) return tl::unexpected(removed.error());
    if (*removed) return Membership{.mode = Membership::Mode::removed, .word = **removed};

    const auto begin = read_begin(state);
    if (!begin) return tl::unexpected(begin.error());
    const bool is_member = fs::exists(member_file(state));
    const bool has_ledger = fs::exists(ledger_file(state));
    if (!*begin && !is_member && !has_ledger) return Membership{};
    if (!has_ledger) {
        if (is_member && !is_restoring(*begin)) {
            return Membership{
                .mode = Membership::Mode::ledger_lost,
                .word = fmt::format("{} is gone, and with it what this node has acknowledged: it "
                                    "gives no vote: remove it on another node, reset it and "
                                    "invite it anew; if all others are lost, see `inquest "
                                    "ledger restore --help`",
                                    ledger_file(state).string())};
        }
        if (const auto problem = create(state, here, **begin, keys, wall_seconds))
            return tl::unexpected(*problem);
    }
    if (!is_member) {
        const std::string text = fmt::format("member {}\n", here.self.value);
        if (const auto problem = write_small_file(member_file(state), text, Readers::everybody))
            return tl::unexpected(*problem);
    }
    auto membership = open(state, here);
    if (membership && is_restoring(*begin)) {
        const auto restored = whole_state(here.self, membership->opened->restored);
        membership->generation_began = restored.has_value();
        membership->word = restored ? recovery_sentence(*restored) : "";
    }
    if (membership && *begin) {
        if (const auto* joining = std::get_if<BeginJoining>(&**begin))
            membership->secret = joining->secret;
        else
            end_beginning(state);
    }
    return membership;
}

void end_beginning(const fs::path& state) { remove_small_file(begin_file(state)); }

void mark_removed(const fs::path& state, std::string_view word) {
    // Where the disk is full the others will tell this node again.
    static_cast<void>(write_small_file(removed_file(state), word, Readers::everybody));
}

}  // namespace inquest::daemon
