// What a node grants to others, and what they grant to it.
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {
namespace {

std::string told_of(const GrantHeld& grant, const std::string& name, const Reading& now) {
    if (!grant.sent) return fmt::format("{} has granted no beat of this session", name);
    return fmt::format("{} has granted a beat that left {} ago", name,
                       phrase(at_most_between(*grant.sent, now)));
}

}  // namespace

/// Between two wakes the bare oscillator is as it was: what leaves now has left earlier by it, so a
/// lease is never longer for that.
Reading Node::reading(Instant now) const { return {now, raw_}; }

void Node::on(const LedgerTold& told, Instant now, Actions&) {
    ledger_ = told;
    const bool grants_itself = told.grants && !is_condemned(roster_.self(), identity_.incarnation);
    lease_.follow(told.voters, grants_itself, reading(now));
    fit_lease();
    stopwatches_.follow(told);
    promised_ = std::min(promised_, now);
}

/// No longer than anything that this node may have to go by. Whoever is condemned gets no longer
/// one: what was granted before would last on, and others may have waited for its end.
void Node::fit_lease() {
    Duration length = std::min(timing_.lease, ledger_.lease_at_most);
    if (is_condemned(roster_.self(), identity_.incarnation))
        length = std::min(length, lease_.length());
    if (length != lease_.length()) lease_.last(length);
}

/// A beat under a retired key proves life, and grants nothing.
void Node::take_grant(const BeatHeard& heard) {
    if (heard.retired_key) return;
    for (const PeerRow& row : heard.beat.row) {
        if (row.peer == identity_.self && row.incarnation == identity_.incarnation && row.grant)
            lease_.granted(heard.beat.sender, heard.beat.electorate, *row.grant);
    }
}

/// For the beat that is sent now. A keeper's beat earns none: nobody is there who would act on it.
std::optional<Grant> Node::grant_for(std::size_t place) const {
    const PeerEvidence& evidence = peers_[place].evidence;
    if (!ledger_.grants || !evidence.ever_heard() || evidence.restarting()) return std::nullopt;
    if (is_condemned(place, evidence.incarnation())) return std::nullopt;
    return Grant{evidence.session(), evidence.newest()};
}

void Node::judge_lease(Instant now, Actions& out) {
    const bool holds = lease_.remaining(reading(now)) > Duration::zero();
    const std::string_view word = holds ? "granted" : lease_word_ == "none" ? "none" : "ended";
    if (word == lease_word_) return;
    Transition told = transition(Transition::Kind::lease, roster_.self(), now);
    told.from = lease_word_;
    told.to = word;
    told.facts = fmt::format("length={}", phrase(lease_.length()));
    if (!holds)
        told.reason = fmt::format("no blocking set of voters has granted a beat for {}",
                                  phrase(lease_.length()));
    lease_word_ = word;
    out.push_back(std::move(told));
}

LeaseReport Node::report_lease(Instant now) const {
    // Since the last wake both clocks have gone on, as far as anybody can tell, alike.
    const Reading reading{now, raw_ + (now - woke_)};
    LeaseReport report;
    if (lease_.expected()) report.remaining = lease_.remaining(reading);
    report.length = lease_.length();
    for (const GrantHeld& grant : lease_.grants(reading)) {
        const auto place = roster_.place(grant.voter);
        report.grants.push_back(
            {place ? roster_.name(*place) : fmt::format("member-{}", grant.voter.value),
             grant.sent ? std::optional(at_most_between(*grant.sent, reading)) : std::nullopt});
    }
    return report;
}

Explanation Node::explain_lease(Instant now) const {
    const LeaseReport report = report_lease(now);
    const Reading reading{now, raw_ + (now - woke_)};
    Explanation leaf;
    leaf.claim = !report.remaining
                     ? "it has no lease: its ledger names no voters that could grant one"
                 : *report.remaining > Duration::zero()
                     ? fmt::format("its lease lasts {} more", phrase(*report.remaining))
                     : "it has no lease: too few voters have granted its beats lately";
    if (!report.remaining) return leaf;
    leaf.rule = fmt::format(
        "a lease ends {} after the newest beat that {} of {} voters have granted: the others are "
        "no majority",
        phrase(report.length), blocking(report.grants.size()), report.grants.size());
    for (const GrantHeld& grant : lease_.grants(reading)) {
        const auto place = roster_.place(grant.voter);
        const std::string name =
            place ? roster_.name(*place) : fmt::format("member-{}", grant.voter.value);
        Explanation voter;
        voter.claim = grant.voter == identity_.self && grant.sent
                          ? name + " (this node) grants its own beats"
                          : told_of(grant, name, reading);
        leaf.because.push_back(std::move(voter));
    }
    return leaf;
}

}  // namespace inquest
