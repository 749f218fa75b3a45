#include "heartbeat/core/wording.hpp"

#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"

#include <fmt/format.h>

#include <utility>

namespace inquest {
std::string join(const std::vector<std::string>& words, std::string_view between) {
    return fmt::format("{}", fmt::join(words, between));
}

std::vector<std::string> names(const FixedVector<std::uint8_t, members_max>& places,
                               const Roster& roster) {
    std::vector<std::string> result;
    for (std::uint8_t place : places) result.push_back(roster.name(place));
    return result;
}

std::string listing(const std::vector<std::string>& words) {
    if (words.empty()) return "nobody";
    if (words.size() == 1) return words.front();
    const std::vector<std::string> head(words.begin(), words.end() - 1);
    return join(head, ", ") + " and " + words.back();
}

Explanation explain_cell(const Cell& cell, const std::string& path, const std::string& detail) {
    Explanation leaf;
    leaf.claim = fmt::format("{}: {}", path, word(cell.state));
    if (!detail.empty()) {
        leaf.claim += ", " + detail;
    } else if (cell.state == PathState::blind) {
        leaf.claim += fmt::format(" ({})", word(cell.reason));
    }
    return leaf;
}

std::string_view testimony_words(Testimony now, Testimony made) {
    switch (now) {
        case Testimony::hears: return "hears it";
        case Testimony::doubts: return "is not sure: no path is fresh, and not all are silent yet";
        case Testimony::silent: return "testifies that it does not hear it on any path";
        case Testimony::none: break;
    }
    if (made == Testimony::silent)
        return "does not testify: it woke late, its silence does not count";
    if (made == Testimony::hears) return "does not testify: what it heard is too long ago";
    return "does not testify: it is blind on every path to it";
}

std::string rule_of(const Finding& finding, Verdict verdict, const Timing& timing) {
    const int needed = votes_needed(finding.voters);
    switch (verdict) {
        case Verdict::alive: return "every observer hears it on every path that is switched on";
        case Verdict::degraded:
            return "somebody hears it, and another path is late, silent or blind: an alert, never "
                   "a "
                   "failover";
        case Verdict::partitioned:
            return "a member hears it and another testifies that it does not: a cut network, never "
                   "a "
                   "reason to fence";
        case Verdict::lost:
            return fmt::format(
                "nobody in a quorate component hears it on any path, and a majority of all voters "
                "testifies so ({} of {}, needed {})",
                finding.deaf_votes, finding.voters, needed);
        case Verdict::suspect:
            if (!finding.doubting.empty()) {
                return fmt::format(
                    "no path is fresh, and the limit of {} is not yet reached everywhere",
                    phrase(timing.path_limit));
            }
            if (!finding.quorate) {
                return fmt::format(
                    "nobody here hears it, but this side has {} of {} votes and needs {}: it "
                    "accuses nobody",
                    finding.votes_together, finding.voters, needed);
            }
            return fmt::format(
                "nobody here hears it, but only {} of {} votes testify so, needed {}",
                finding.deaf_votes, finding.voters, needed);
        case Verdict::left: return "it said goodbye, and has not been heard since";
        case Verdict::unknown:
            return fmt::format("too little evidence yet; the wait ends after boot_grace, {}",
                               phrase(timing.boot_grace));
        case Verdict::isolated: return "this node hears nobody: it accuses nobody";
        case Verdict::held:
            return "a lost node is condemned, and nothing switches it off while others are missed "
                   "with it: that is seldom their own fault";
        case Verdict::fenced:
            return "a receipt says that the condemned incarnation runs nothing any more";
    }
    return "?";
}

std::vector<std::string> changers(const Finding& finding, Verdict verdict, const std::string& name,
                                  const Roster& roster, const Timing& timing) {
    const int needed = votes_needed(finding.voters);
    switch (verdict) {
        case Verdict::alive:
            return {fmt::format("more than {} without a beat on one path would make it degraded",
                                phrase(2 * timing.beat_interval))};
        case Verdict::degraded:
            if (finding.restarting)
                return {fmt::format("a new daemon on it, heard on every path for {}, would make it "
                                    "alive",
                                    phrase(timing.path_limit)),
                        fmt::format("the end of restart_grace, {}, without one would make it "
                                    "suspect or lost",
                                    phrase(timing.restart_grace))};
            return {
                fmt::format("{} with beats on every path, at every observer, would make it alive",
                            phrase(timing.path_limit)),
                fmt::format("a member testifying that it hears nothing of {} would make it "
                            "partitioned",
                            name)};
        case Verdict::partitioned:
            return {
                fmt::format("if {} heard a beat of {} on any path, it would be degraded",
                            listing(names(finding.deaf, roster)), name),
                fmt::format("if {} stopped hearing it too, it would be lost, with {} of {} votes",
                            finding.hearing.empty() ? "the member that passes its beats on"
                                                    : listing(names(finding.hearing, roster)),
                            needed, finding.voters)};
        case Verdict::lost: {
            const int spare = finding.deaf_votes - needed + 1;
            return {
                fmt::format("one beat of {}, heard by anybody on any path, would clear it", name),
                spare == 1
                    ? "one vote fewer against it would leave no majority: it would be suspect"
                    : fmt::format("{} votes fewer against it would leave no majority: it would "
                                  "be suspect",
                                  spare)};
        }
        case Verdict::suspect:
            return {fmt::format("a beat of {} would make it degraded", name),
                    finding.quorate
                        ? fmt::format("{} of {} votes testifying to its silence would make it lost",
                                      needed, finding.voters)
                        : fmt::format("only a side with {} of {} votes can say more", needed,
                                      finding.voters)};
        case Verdict::left:
            return {fmt::format("a beat of a new session of {} would bring it back", name)};
        case Verdict::unknown:
            return {fmt::format("a beat of {} would make it alive", name),
                    "the end of boot_grace without one would make it suspect or lost"};
        case Verdict::isolated: return {"a beat of anybody"};
        case Verdict::held:
        case Verdict::fenced:
            return {
                fmt::format("one beat of {}, heard by anybody on any path, would clear it", name),
                fmt::format("a new boot of {} would prove that the one before is gone", name)};
    }
    return {};
}

std::string degraded_headline(const std::string& name, const std::string& faults, bool well,
                              const Timing& timing) {
    if (!faults.empty()) {
        return fmt::format("{} is degraded: it runs, but not every path carries its beats; {}.",
                           name, faults);
    }
    if (!well) return fmt::format("{} is degraded: it runs and is heard, not on every path.", name);
    return fmt::format("{} is degraded: heard on every path again, but not for {} yet.", name,
                       phrase(timing.path_limit));
}

std::string headline(const Finding& finding, Verdict verdict, const std::string& name,
                     const Roster& roster) {
    const std::string hearing = finding.hearing.empty() ? "a member that passes its beats on"
                                                        : listing(names(finding.hearing, roster));
    switch (verdict) {
        case Verdict::degraded: break;  // has a sentence of its own, above
        case Verdict::alive:
            return fmt::format("{} is alive: heard on every path by {}.", name, hearing);
        case Verdict::suspect:
            return fmt::format(
                "{} is suspect: nobody here hears it, and that is not enough to say more.", name);
        case Verdict::partitioned:
            return fmt::format(
                "{} is partitioned: {} {} it, {} {} not. The network is cut; the node runs.", name,
                hearing, finding.hearing.size() <= 1 ? "hears" : "hear",
                listing(names(finding.deaf, roster)), finding.deaf.size() == 1 ? "does" : "do");
        case Verdict::lost:
            return fmt::format(
                "{} is lost: {} of {} voters testify that they hear nothing of it, and nobody "
                "hears it.",
                name, finding.deaf_votes, finding.voters);
        case Verdict::left: return fmt::format("{} has left: it said goodbye.", name);
        case Verdict::unknown:
            return fmt::format("{} is unknown: too little has been heard of it yet.", name);
        case Verdict::isolated: return fmt::format("{} is isolated.", name);
        case Verdict::held: return fmt::format("{} is lost, condemned, and held.", name);
        case Verdict::fenced:
            return fmt::format("{} is fenced: it is known to run nothing any more.", name);
    }
    return "";
}

Explanation explain_last_beat(std::optional<Instant> last, const std::string& name, Instant now) {
    Explanation heard;
    if (!last) {
        heard.claim = fmt::format("nobody here has ever heard a beat of {}", name);
        return heard;
    }
    heard.claim = fmt::format("the last beat of {} that anybody here heard", name);
    heard.instant = last;
    heard.age = now - *last;
    return heard;
}

Explanation explain_failover(Instant due, const Timing& timing, bool armed, Instant now) {
    Explanation next;
    const std::string silence = phrase(timing.condemn_after) + " of unanimous silence";
    next.instant = due;
    if (armed) {
        next.claim =
            now < due ? fmt::format("it is condemned after {}, in {}", silence, phrase(due - now))
                      : fmt::format(
                            "this node has called for its condemnation after {}, "
                            "{} ago: only the coordinator can ask for it, and a "
                            "majority must write it",
                            silence, phrase(now - due));
        return next;
    }
    next.claim = now < due
                     ? fmt::format(
                           "this cluster only observes; an armed one would condemn it after {}, "
                           "in {}",
                           silence, phrase(due - now))
                     : fmt::format(
                           "this cluster only observes; an armed one would have condemned it "
                           "after {}, {} ago",
                           silence, phrase(now - due));
    return next;
}

}  // namespace inquest
