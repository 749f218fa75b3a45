#include "heartbeat/daemon/recovering.hpp"

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/daemon/small_file.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/ledger_backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace inquest::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t recover_file_max = 4096;

using Said = tl::unexpected<std::string>;

store::Identity identity_of(const config::HostConfig& here) {
    return {here.cluster.name, here.self};
}

/// Is the ledger the one that was confirmed, and is this the boot in which it was?
std::string why_given_up(const ConfirmedRecovery& confirmed, const Identity& identity,
                         const ledger::Restored& restored, const ClusterState& base) {
    if (confirmed.generation != base.generation + 1) return "it was meant for another generation";
    const bool same_boot =
        confirmed.incarnation == identity.incarnation && confirmed.boot_tag == identity.boot_tag;
    if (!same_boot) return "this machine was booted since it was confirmed";
    const ledger::Index last =
        restored.entries.empty() ? restored.snapshot.index : restored.entries.back().index;
    const bool same_ledger = confirmed.term == restored.term && confirmed.vote == restored.vote &&
                             confirmed.last == last;
    return same_ledger ? "" : "the ledger has gone on since it was confirmed";
}

Recovered sentence_for(const ClusterState& base, MemberId survivor, std::string person,
                       std::int64_t wall_seconds) {
    return {.generation = base.generation + 1,
            .survivor = survivor,
            .key = wire::draw_key(base.keys),
            .person = std::move(person),
            .wall_seconds = wall_seconds};
}

/// Steps 1 and 2. The old ledger is closed first, and stays as it is where anything fails.
tl::expected<Recovering, std::string> replaced(const config::HostConfig& here,
                                               store::Database::Opened old,
                                               const ledger::Restored& begun) {
    const fs::path file = old.database.file();
    old.database.close();
    if (const auto done = store::Database::replace(file, identity_of(here), begun); !done)
        return Said(done.error().line);
    auto opened = store::Database::open(file, identity_of(here), {});
    if (!opened) return Said(opened.error().line);
    const auto state = whole_state(here.self, opened->restored);
    if (!state) return Said(state.error());
    return Recovering{std::move(*opened), recovery_sentence(*state), true};
}

Recovering given_up(const fs::path& state, store::Database::Opened opened, std::string_view why) {
    remove_small_file(recover_file(state));
    return {std::move(opened),
            fmt::format("recover-quorum was given up: {}: see `inquest status`, and give it again "
                        "if it is needed",
                        why),
            false};
}

tl::expected<ConfirmedRecovery, std::string> confirmed_in(const fs::path& file,
                                                          std::string_view text) {
    auto confirmed = parse_recovery(text);
    if (!confirmed)
        return Said(fmt::format("{}: {}: remove it, and give `inquest recover-quorum` again",
                                file.string(), confirmed.error()));
    return confirmed;
}

}  // namespace

fs::path recover_file(const fs::path& state) { return state / "recover"; }
fs::path restore_file(const fs::path& state) { return state / "restore"; }

std::string recovery_text(const ConfirmedRecovery& confirmed) {
    return fmt::format("recover {} {} {} {} {} {} {} {}\n", confirmed.generation,
                       confirmed.term.value, confirmed.vote.value, confirmed.last.value,
                       confirmed.incarnation.value, confirmed.boot_tag, confirmed.wall_seconds,
                       confirmed.person);
}

tl::expected<ConfirmedRecovery, std::string> parse_recovery(std::string_view text) {
    std::istringstream words{std::string(text)};
    std::string verb;
    ConfirmedRecovery read;
    words >> verb >> read.generation >> read.term.value >> read.vote.value >> read.last.value >>
        read.incarnation.value >> read.boot_tag >> read.wall_seconds >> read.person;
    if (verb != "recover" || !words || recovery_text(read) != text)
        return Said("it is not what inquestd writes there");
    return read;
}

tl::expected<ClusterState, std::string> whole_state(MemberId self, ledger::Restored restored) {
    if (!restored.entries.empty()) restored.commit = restored.entries.back().index;
    agreement::Settings settings;
    settings.ledger.self = self;
    auto agreement = agreement::Agreement::open(settings, std::move(restored), Instant{});
    if (!agreement) return Said(agreement.error() + ": install the version that ran here before");
    agreement::Actions told;
    agreement->step(Instant{}, ledger::Persisted{}, told);
    for (const agreement::Action& action : told) {
        if (const auto* unreadable = std::get_if<agreement::Unreadable>(&action))
            return Said(
                fmt::format("entry {} of the ledger is not understood: install the "
                            "version of inquestd that this node ran before",
                            unreadable->index));
    }
    return agreement->state();
}

tl::expected<ledger::Restored, EntryRefusal> new_generation(const ClusterState& base,
                                                            ledger::Term term,
                                                            const Recovered& recovered) {
    ClusterEntry entry{.asked_by = recovered.survivor, .wall_seconds = recovered.wall_seconds};
    entry.body = recovered;
    ClusterState state = base;
    const EntryRefusal refusal = apply(state, base.index + 1, entry, wire::encode(entry));
    if (refusal != EntryRefusal::none) return tl::unexpected(refusal);
    ledger::Voters voters;
    voters.push_back(recovered.survivor);
    ledger::Restored begun = ledger::beginning(voters);
    begun.term = term;
    begun.vote = recovered.survivor;
    begun.commit = ledger::Index(state.index);
    begun.snapshot.index = begun.commit;
    begun.snapshot.term = term;
    begun.snapshot.bytes = wire::encode(state);
    return begun;
}

tl::expected<Recovering, std::string> recover(const fs::path& state, const Identity& identity,
                                              const config::HostConfig& here,
                                              store::Database::Opened opened) {
    const fs::path file = recover_file(state);
    const auto text = read_small_file(file, recover_file_max);
    if (!text) return Said(text.error());
    if (!*text) return Recovering{std::move(opened), "", false};
    const auto confirmed = confirmed_in(file, **text);
    if (!confirmed) return Said(confirmed.error());
    const auto base = whole_state(identity.self, opened.restored);
    if (!base) return Said(base.error());
    // Killed behind step 2: what is left to be done is telling and tidying.
    const bool begun_before =
        !base->recoveries.empty() && base->recoveries.back().generation == confirmed->generation;
    if (begun_before) return Recovering{std::move(opened), recovery_sentence(*base), true};
    const std::string why = why_given_up(*confirmed, identity, opened.restored, *base);
    if (!why.empty()) return given_up(state, std::move(opened), why);
    const auto begun =
        new_generation(*base, ledger::Term(opened.restored.term.value + 1),
                       sentence_for(*base, here.self, confirmed->person, confirmed->wall_seconds));
    if (!begun) return given_up(state, std::move(opened), word(begun.error()));
    return replaced(here, std::move(opened), *begun);
}

void end_recovery(const fs::path& state) {
    remove_small_file(recover_file(state));
    remove_small_file(restore_file(state));
}

tl::expected<ledger::Restored, std::string> restored_ledger(const fs::path& state,
                                                            const config::HostConfig& here,
                                                            std::string_view keys,
                                                            std::int64_t wall_seconds,
                                                            const std::string& person) {
    constexpr const char* remedy = "give `inquest ledger restore` again";
    const fs::path file = restore_file(state);
    const auto text = read_small_file(file, wire::backup_text_max);
    if (!text) return Said(text.error());
    if (!*text) return Said(fmt::format("{}: it is not here: {}", file.string(), remedy));
    auto backup = wire::decode_backup(**text);
    if (!backup)
        return Said(fmt::format("{}: it is no backup that can be used ({}): {}", file.string(),
                                wire::word(backup.error()), remedy));
    ClusterState& base = backup->state;
    if (base.name != here.cluster.name)
        return Said(fmt::format("{}: it is of the cluster {}, and cluster.toml of {}: {}",
                                file.string(), base.name, here.cluster.name, remedy));
    // This host may count its boots from 1 again, and no other member remembers them.
    for (AgreedMember& member : base.members) {
        member.incarnation = {};
        member.boot_tag = 0;
    }
    base.keys = wire::agreed_keys(keys);
    base.keys.resize(std::min<std::size_t>(base.keys.size(), 1));
    const auto begun = new_generation(base, ledger::Term(backup->term + 1),
                                      sentence_for(base, here.self, person, wall_seconds));
    if (!begun)
        return Said(
            fmt::format("{}: no new generation can begin with member {} ({}): restore it "
                        "on a node that voted",
                        file.string(), here.self.value, word(begun.error())));
    return *begun;
}

std::string recovery_sentence(const ClusterState& state) {
    if (state.recoveries.empty()) return "";
    const Recovery& recovery = state.recoveries.back();
    std::string left_out;
    for (const Tombstone& tombstone : state.tombstones) {
        if (tombstone.index == recovery.index)
            left_out += (left_out.empty() ? "" : ", ") + tombstone.name;
    }
    const AgreedMember* survivor = state.member(recovery.survivor);
    return fmt::format(
        "generation {} began with {} alone, without {}; {} confirmed that the "
        "majority of generation {} is lost",
        recovery.generation,
        survivor == nullptr ? fmt::format("member {}", recovery.survivor.value) : survivor->name,
        left_out.empty() ? "anybody else" : left_out, recovery.person, recovery.generation - 1);
}

}  // namespace inquest::daemon
