#include "heartbeat/core/verdict.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/quorum.hpp"

#include <algorithm>

namespace inquest {
namespace {

/// An age that a beat cannot carry is at least this long.
constexpr Duration age_max = std::chrono::milliseconds(age_unknown_ms);

/// Sorts the component's members by what they say of the peer.
void hear_witnesses(Finding& finding, const Matrix& matrix, const Roster& roster,
                    const Question& question, Instant now) {
    for (std::size_t i = 0; i < roster.size(); ++i) {
        if (i == question.peer || !matrix.current(i, now)) continue;
        const Claim& claim = matrix.view(i).of[question.peer];
        if (claim.heard_at) {
            finding.last_heard =
                std::max(finding.last_heard.value_or(*claim.heard_at), *claim.heard_at);
        }
        const auto place = static_cast<std::uint8_t>(i);
        switch (matrix.says(i, question.peer, question.newest, now)) {
            case Testimony::hears: finding.hearing.push_back(place); break;
            case Testimony::doubts: finding.doubting.push_back(place); break;
            case Testimony::none: finding.mute.push_back(place); break;
            case Testimony::silent:
                // Who is only invited may not understand the keys of now, and hear nobody for that.
                if (!roster.joined(i) && i != roster.self()) {
                    finding.mute.push_back(place);
                    break;
                }
                finding.deaf.push_back(place);
                finding.deaf_votes += roster.votes(i) ? 1 : 0;
                break;
        }
    }
}

/// How wrong an instant can be that another member told as an age: clocks run at rates that differ.
Duration telling_error(Instant told, Instant now) { return (now - told) / 16; }

/// Does the goodbye that this node heard itself stand? Beats on slow paths come after it and say
/// nothing. It falls to a member that has heard of no goodbye and tells of a beat younger by more
/// than the limit: that peer was back.
bool took_leave_here(const Matrix& matrix, const Roster& roster, const Question& question,
                     Instant now) {
    if (!question.left || !question.last_known) return question.left;
    for (std::size_t i = 0; i < roster.size(); ++i) {
        if (i == question.peer || i == roster.self() || !matrix.current(i, now)) continue;
        const Claim& claim = matrix.view(i).of[question.peer];
        if (claim.left || !claim.heard_at || claim.incarnation < question.newest) continue;
        const Duration error = telling_error(*claim.heard_at, now);
        if (*claim.heard_at - *question.last_known > question.patience + error) return false;
    }
    return true;
}

/// Did a goodbye reach somebody after everything that anybody else heard of the peer? Whoever
/// missed it goes on hearing the peer until the limit, and a peer that is back is heard later than
/// that.
bool somebody_took_leave_of(const Finding& finding, const Matrix& matrix, const Roster& roster,
                            const Question& question, Instant now) {
    for (std::size_t i = 0; i < roster.size(); ++i) {
        if (i == question.peer || !matrix.current(i, now)) continue;
        const View& view = matrix.view(i);
        const Claim& claim = view.of[question.peer];
        if (!claim.left || claim.incarnation < question.newest) continue;
        const Instant said = claim.heard_at.value_or(view.received - age_max);
        // A farewell follows on life: one long after it was found silent is a recording, unless it
        // was said while this node could not know.
        if (claim.heard_at && question.last_known &&
            said - std::max(*question.last_known, question.alone_until) > question.patience)
            continue;
        if (!finding.last_heard || *finding.last_heard <= said + telling_error(said, now))
            return true;
    }
    return false;
}

/// Does every observer that can testify hear the peer on every path? One that woke late, or has not
/// begun to hear, or has not spoken lately, is no fault of the peer; this node itself must hear it
/// to call it alive. A peer that itself hears nobody is heard well and yet not well.
bool fresh_everywhere(const Finding& finding, const Matrix& matrix, const Roster& roster,
                      std::size_t peer) {
    const bool heard_here = matrix.view(roster.self()).of[peer].testimony == Testimony::hears;
    const auto only_worn_off = [&](std::uint8_t place) {
        return matrix.view(place).of[peer].testimony == Testimony::hears;
    };
    return heard_here && !matrix.isolated(peer) &&
           std::all_of(finding.doubting.begin(), finding.doubting.end(), only_worn_off) &&
           std::all_of(finding.hearing.begin(), finding.hearing.end(),
                       [&](std::uint8_t place) { return matrix.view(place).of[peer].all_fresh; });
}

Verdict weigh(const Finding& finding, const Matrix& matrix, const Roster& roster,
              const Question& question) {
    const bool heard = !finding.hearing.empty() || finding.relayed;
    if (heard) {
        if (!finding.deaf.empty()) return Verdict::partitioned;
        if (question.restarting) return Verdict::degraded;
        return fresh_everywhere(finding, matrix, roster, question.peer) ? Verdict::alive
                                                                        : Verdict::degraded;
    }
    // Whoever is only invited may be switched off, moved or never come: that is no loss.
    if (!roster.joined(question.peer)) return Verdict::unknown;
    const bool nothing_known = !finding.last_heard && !question.ever_heard;
    if (nothing_known && !question.boot_grace_over) return Verdict::unknown;
    const bool majority_deaf = has_quorum(finding.deaf_votes, finding.voters);
    if (finding.quorate && majority_deaf && finding.doubting.empty()) return Verdict::lost;
    return Verdict::suspect;
}

}  // namespace

std::string_view word(Verdict verdict) {
    switch (verdict) {
        case Verdict::unknown: return "unknown";
        case Verdict::alive: return "alive";
        case Verdict::degraded: return "degraded";
        case Verdict::suspect: return "suspect";
        case Verdict::partitioned: return "partitioned";
        case Verdict::lost: return "lost";
        case Verdict::isolated: return "isolated";
        case Verdict::left: return "left";
        case Verdict::held: return "held";
        case Verdict::fenced: return "fenced";
    }
    return "?";
}

Finding judge(const Matrix& matrix, const Roster& roster, const Question& question, Instant now) {
    INQUEST_ASSERT(question.peer != roster.self());
    Finding finding;
    finding.voters = roster.voters();
    finding.votes_together = matrix.votes_together(roster, question.own, now);
    finding.quorate = has_quorum(finding.votes_together, finding.voters);
    finding.relayed = question.relayed;
    finding.restarting = question.restarting;
    hear_witnesses(finding, matrix, roster, question, now);
    const bool left =
        took_leave_here(matrix, roster, question, now) ||
        (!finding.relayed && somebody_took_leave_of(finding, matrix, roster, question, now));
    finding.verdict = left ? Verdict::left : weigh(finding, matrix, roster, question);
    return finding;
}

}  // namespace inquest
