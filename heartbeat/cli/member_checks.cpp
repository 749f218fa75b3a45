#include "heartbeat/cli/member_checks.hpp"

#include "heartbeat/cli/table.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace inquest::cli {
namespace {

using Checks = std::vector<MemberCheck>;
using State = MemberCheck::State;

/// The bus sends messages of up to so many bytes in one piece.
constexpr std::int64_t message_bytes = 1200;

bool is_heard(std::string_view state) { return state == "fresh" || state == "late"; }

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

/// The place of `name` in a list of texts of the matrix; -1 where it is not there.
int place_in(const Json& list, const std::string& name) {
    int place = 0;
    for (const Json& entry : list) {
        if (entry.is_string() && entry.get_ref<const std::string&>() == name) return place;
        ++place;
    }
    return -1;
}

/// Does `observer` say that it hears `node` on that path?
bool hears(const Json& matrix, const std::string& observer, const std::string& node, int path) {
    for (const Json& view : list_of(matrix, "views")) {
        if (text_of(view, "observer") != observer) continue;
        for (const Json& row : list_of(view, "rows")) {
            const Json& cells = list_of(row, "cells");
            if (text_of(row, "peer") != node || path < 0) continue;
            const auto place = static_cast<std::size_t>(path);
            return place < cells.size() && cells[place].is_string() &&
                   is_heard(cells[place].get_ref<const std::string&>());
        }
    }
    return false;
}

/// Whom this node shares a path with, and with whom it works each way.
struct PathCount {
    std::size_t peers = 0;
    std::vector<std::string> unheard;  ///< by this node
    std::vector<std::string> deaf;     ///< they do not hear this node
    std::vector<std::string> no_bus;
    bool is_disk = false;  ///< which carries beats alone
};

/// What keeps a message of full size from going to that peer in one piece; nothing: nothing does.
std::optional<std::string> bus_trouble(const Json& ledger, const std::string& peer,
                                       const std::string& path) {
    for (const Json& link : list_of(ledger, "links")) {
        if (text_of(link, "peer") != peer || text_of(link, "path") != path) continue;
        const auto fits = number_of(link, "mtu").value_or(0);
        if (flag_of(link, "up") && fits >= message_bytes) return std::nullopt;
        if (flag_of(link, "up") && fits > 0)
            return peer + " (" + std::to_string(fits) + " bytes fit: look at the MTU)";
    }
    return peer;
}

PathCount count_path(const Json& ledger, const Json& status, const std::string& path) {
    PathCount count;
    const Json& matrix = object_of(status, "matrix");
    const int place = place_in(list_of(matrix, "paths"), path);
    for (const Json& peer : list_of(status, "peers")) {
        const std::string name = text_of(peer, "name");
        if (text_of(peer, "standing") == "invited") continue;  // it may never come
        for (const Json& shared : list_of(peer, "paths")) {
            if (text_of(shared, "name") != path) continue;
            ++count.peers;
            if (!is_heard(text_of(shared, "state"))) count.unheard.push_back(name);
            if (!hears(matrix, name, text_of(status, "node"), place)) count.deaf.push_back(name);
            count.is_disk = text_of(shared, "kind") == "disk";
            auto trouble = count.is_disk ? std::nullopt : bus_trouble(ledger, name, path);
            if (trouble) count.no_bus.push_back(std::move(*trouble));
        }
    }
    return count;
}

void add_path(const Json& ledger, const Json& status, const std::string& path, Checks& checks) {
    const PathCount count = count_path(ledger, status, path);
    if (count.peers == 0) return;
    std::string what;
    const auto tell = [&](const std::vector<std::string>& names, const char* trouble) {
        if (!names.empty())
            what += (what.empty() ? "" : "; ") + std::string(trouble) + listed(names);
    };
    tell(count.unheard, "no beats from ");
    tell(count.deaf, "no beats arrive at ");
    tell(count.no_bus, "no full-size messages with ");
    const bool works = what.empty();
    if (works)
        what = std::string(count.is_disk ? "beats both ways, "
                                         : "beats both ways and full-size messages, ") +
               std::to_string(count.peers) + (count.peers == 1 ? " node" : " nodes");
    checks.push_back({"path " + path, works ? State::ok : State::worse, what});
}

void add_version(const Json& status, const std::string& version, Checks& checks) {
    const std::string theirs = text_of(status, "version");
    if (theirs == version) return;
    checks.push_back(
        {"version", State::worse,
         "inquest is " + version + " and inquestd " + theirs + ": install one version"});
}

/// Clocks of day are compared in whole seconds, give or take one.
void add_clock(const Json& ledger, Checks& checks) {
    constexpr std::int64_t tolerated_seconds = 2;
    const std::string coordinator = text_of(ledger, "coordinator");
    const auto ahead = number_of(ledger, "clock_ahead_s");
    if (!ahead || coordinator == text_of(ledger, "node")) return;
    const std::int64_t apart = std::abs(*ahead);
    if (apart <= tolerated_seconds)
        return checks.push_back({"clock", State::ok, "within 2 s of " + coordinator + "'s"});
    checks.push_back({"clock", State::worse,
                      std::to_string(apart) + " s " + (*ahead > 0 ? "ahead of " : "behind ") +
                          coordinator + "'s: let NTP set both (chrony, systemd-timesyncd)"});
}

const Json* own_entry(const Json& ledger) {
    for (const Json& member : list_of(ledger, "members")) {
        if (text_of(member, "name") == text_of(ledger, "node")) return &member;
    }
    return nullptr;
}

std::string why_not_member(const Json& ledger) {
    const std::string trouble = text_of(ledger, "trouble");
    if (!trouble.empty()) return trouble;
    if (text_of(ledger, "standing") == "invited")
        return text_of(ledger, "coordinator").empty()
                   ? "a coordinator: " + text_of(ledger, "voters_reached") + " of " +
                         text_of(ledger, "voters") + " voters are reached"
                   : "the cluster to accept the invitation";
    return "the cluster's ledger, which no member has sent yet (if this node was reset since it "
           "was invited, none will: `inquest remove` it on a member, and invite it anew)";
}

void add_standing(const Json& ledger, Checks& checks) {
    if (text_of(ledger, "standing") == "joined") {
        checks.push_back(
            {"member", State::ok,
             "member " + text_of(ledger, "member") + " of " + text_of(ledger, "cluster")});
    } else {
        checks.push_back({"member", State::missing, why_not_member(ledger)});
    }
}

/// At most five vote; with fewer, everybody who may is given a vote as soon as it has followed.
void add_vote(const Json& ledger, Checks& checks) {
    constexpr std::int64_t votes_max = 5;
    const Json* self = own_entry(ledger);
    if (self == nullptr) return;
    const bool votes = flag_of(*self, "votes");
    const bool comes =
        flag_of(*self, "may_vote") && number_of(ledger, "voters").value_or(votes_max) < votes_max;
    if (votes)
        checks.push_back({"vote", State::ok, "it votes"});
    else if (comes)
        checks.push_back({"vote", State::missing,
                          "a vote, which it gets when it has followed the "
                          "ledger"});
    else
        checks.push_back({"vote", State::ok, "it gives no vote"});
}

void add_quorum(const Json& ledger, Checks& checks) {
    const std::string coordinator = text_of(ledger, "coordinator");
    if (coordinator.empty())
        checks.push_back({"coordinator", State::missing,
                          "a coordinator: " + text_of(ledger, "voters_reached") + " of " +
                              text_of(ledger, "voters") + " voters are reached"});
    else
        checks.push_back({"coordinator", State::ok, coordinator});
}

const char* word(State state) {
    switch (state) {
        case State::ok: return "ok";
        case State::worse: return "warning";
        case State::missing: return "waits for";
    }
    return "?";
}

}  // namespace

std::vector<MemberCheck> member_checks(const Json& ledger, const Json& status,
                                       const std::string& version) {
    Checks checks;
    for (const Json& path : list_of(object_of(status, "matrix"), "paths")) {
        if (path.is_string()) add_path(ledger, status, clean(path.get<std::string>()), checks);
    }
    add_version(status, version, checks);
    add_clock(ledger, checks);
    add_standing(ledger, checks);
    if (checks.back().state == State::missing) return checks;
    add_vote(ledger, checks);
    add_quorum(ledger, checks);
    return checks;
}

bool is_settled(const Checks& checks) { return !checks.empty() && blocker(checks).empty(); }

std::string blocker(const Checks& checks) {
    const auto missing = std::find_if(checks.begin(), checks.end(), [](const MemberCheck& check) {
        return check.state == State::missing;
    });
    if (missing == checks.end()) return "";
    std::string text = missing->what;
    for (const MemberCheck& check : checks) {
        if (check.state == State::worse) text += "; " + check.name + ": " + check.what;
    }
    return text;
}

std::string checks_text(const Screen& screen, const Checks& checks) {
    Column states{"state", {}}, names{"check", {}}, findings{"finding", {}};
    for (const MemberCheck& check : checks) {
        const Tone tone = check.state == State::ok ? Tone::good : Tone::warning;
        states.cells.push_back(paint(screen, tone, word(check.state)));
        names.cells.push_back(check.name);
        findings.cells.push_back(check.what);
    }
    return table(screen, {states, names, findings});
}

Json checks_json(const Checks& checks) {
    Json list = Json::array();
    for (const MemberCheck& check : checks) {
        list.push_back({{"check", check.name}, {"state", word(check.state)}, {"what", check.what}});
    }
    return {{"checks", std::move(list)}};
}

}  // namespace inquest::cli
