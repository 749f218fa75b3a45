#include "heartbeat/cli/handling_text.hpp"

#include "heartbeat/core/cluster_state.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace inquest::cli {
namespace {

std::optional<EntryRefusal> entry_refusal(std::string_view called) {
    for (std::size_t i = 0; i < entry_refusals; ++i) {
        const auto refusal = static_cast<EntryRefusal>(i);
        if (word(refusal) == called) return refusal;
    }
    return std::nullopt;
}

/// Waits that mean that too few voters are together.
bool lacks_quorum(std::string_view holdup) {
    constexpr std::array<std::string_view, 3> words{"commit", "no-coordinator", "no-answer"};
    return std::find(words.begin(), words.end(), holdup) != words.end();
}

/// Number or key were drawn by two requests at once, of which the other one had its turn first. One
/// of them may be this very command, killed and given again.
bool is_overtaken(std::string_view outcome) {
    return outcome == word(EntryRefusal::id_taken) || outcome == word(EntryRefusal::key_taken) ||
           outcome == word(EntryRefusal::key_in_use);
}

constexpr const char* again = "run the command again";

wire::Complaint sentence(EntryRefusal refusal) {
    switch (refusal) {
        case EntryRefusal::none: return {"", "it was accepted", ""};
        case EntryRefusal::repeated: return {"", "it was carried out before", "inquest status"};
        case EntryRefusal::founded_already: return {"", "the cluster is founded already", ""};
        case EntryRefusal::not_founded:
            return {"", "the cluster is not founded yet", "found it with `inquest init`"};
        case EntryRefusal::malformed:
            return {"", "a value is out of its bounds", "see `inquest COMMAND --help`"};
        case EntryRefusal::id_taken:
            return {"", "another node was invited at the same moment", again};
        case EntryRefusal::name_taken:
            return {"", "a node of that name is a member already",
                    "choose another name; or `inquest remove` that node first, and invite it anew"};
        case EntryRefusal::address_taken:
            return {"", "a member has that address on that path",
                    "see `inquest config show`, and give each node addresses of its own"};
        case EntryRefusal::no_member:
            return {"", "there is no such node", "see `inquest status` for their names"};
        case EntryRefusal::no_path:
            return {"", "there is no such path", "see `inquest config show` for their names"};
        case EntryRefusal::kind_fixed:
            return {"", "a path's name and kind stay as they are", "add a new path at the end"};
        case EntryRefusal::no_room:
            return {"", "the cluster is full: 32 nodes, 16 paths and 32 fence devices are the most",
                    "remove one that is not needed any more"};
        case EntryRefusal::joined_already:
            return {"", "the invitation was used already", "invite the node anew"};
        case EntryRefusal::wrong_invitation:
            return {"", "the secret is not that of the invitation", "invite the node anew"};
        case EntryRefusal::last_member:
            return {"", "it is the last member",
                    "to end the cluster, run `inquest reset-node` on that node"};
        case EntryRefusal::old_incarnation:
            return {"", "a newer boot of that node has begun", "inquest explain NODE"};
        case EntryRefusal::other_boot:
            return {"", "two machines claim to be that node", "inquest explain NODE"};
        case EntryRefusal::key_taken:
            return {"", "another key was drawn at the same moment", again};
        case EntryRefusal::no_key: return {"", "there is no such key", again};
        case EntryRefusal::key_in_use:
            return {
                "", "a change of keys is under way already",
                "wait until every node has the new key: `inquest rekey` says whom it waits for"};
        case EntryRefusal::already: return {"", "it is so already", ""};
        case EntryRefusal::unsound:
            return {"",
                    "the configuration would not hold together any more: two nodes would share "
                    "no path, or timings or names would break a rule",
                    "see what `inquest config show` prints, and try the change on a copy with "
                    "`inquest config diff COPY`"};
        case EntryRefusal::other_generation:
            return {"", "another generation of the cluster has begun", "see `inquest status`"};
        case EntryRefusal::not_armed:
            return {"", "the cluster only observes", "`inquest arm` lets it act"};
        case EntryRefusal::in_maintenance:
            return {"", "the node is in maintenance", "`inquest maintenance off NODE` ends that"};
        case EntryRefusal::no_condemnation:
            return {"", "the node is not condemned any more: it was heard, or has booted",
                    "see `inquest explain NODE`"};
        case EntryRefusal::same_kernel:
            return {"", "that boot is the one that is condemned", "reboot the node"};
        case EntryRefusal::condemned:
            return {"", "the node is condemned", "see `inquest explain NODE`"};
        case EntryRefusal::old_timing:
            return {"", "timings have changed at the same moment", again};
        case EntryRefusal::no_terms:
            return {"", "nothing says when that node resets itself",
                    "`inquest confirm-off NODE`, when you have seen that it is off"};
        case EntryRefusal::too_soon:
            return {"", "that node may still run", "see `inquest explain NODE`"};
        case EntryRefusal::being_fenced:
            return {"", "a fence device may be switching that node off already",
                    "see `inquest explain NODE`"};
        case EntryRefusal::no_device:
            return {"", "there is no fence device of that name",
                    "see `inquest config show` for their names"};
        case EntryRefusal::device_in_use:
            return {"", "a node's levels name that fence device",
                    "take it out of them in the same push"};
        case EntryRefusal::no_attempt:
            return {"", "another attempt to switch that node off has begun",
                    "see `inquest explain NODE`"};
        case EntryRefusal::not_fit:
            return {"", "that node may not ask that fence device",
                    "see `run_by` in `inquest config show`"};
        case EntryRefusal::storm:
            return {"", "as many nodes as fence.limit allows were switched off lately",
                    "`inquest release NODE`, when you know that no common cause is at work"};
    }
    return {"", "it was refused", again};
}

}  // namespace

wire::Complaint refusal_of_entry(std::string_view called) {
    const auto refusal = entry_refusal(called);
    if (refusal) return sentence(*refusal);
    return {"", "the cluster refused it (" + std::string(called) + ")",
            "install inquest and inquestd of one version"};
}

Judgement judge(const Json& handling) {
    using State = Judgement::State;
    const std::string stage = text_of(handling, "stage");
    const std::string outcome = text_of(handling, "outcome");
    const std::string holdup = text_of(handling, "holdup");
    Judgement judged{.late = lacks_quorum(holdup) ? wire::Exit::no_quorum : wire::Exit::failed};
    if (stage == "waiting") {
        const std::string blocker = text_of(handling, "blocker");
        judged.blocker = blocker.empty() ? holdup : blocker;
    } else if (stage == "handled" || stage == "refused") {
        if (outcome == word(EntryRefusal::none))
            judged.state = State::agreed;
        else if (outcome == word(EntryRefusal::already))
            judged.state = State::already;
        else
            judged.state = is_overtaken(outcome) ? State::overtaken : State::failed;
        judged.failure = refusal_of_entry(outcome);
        if (judged.state == State::overtaken)
            judged.blocker = "another request, which drew the same number or key before this one";
    } else if (stage == "expired") {
        const std::string blocker = text_of(handling, "blocker");
        judged.blocker = blocker.empty() ? holdup : blocker;
        judged.state = flag_of(handling, "handed") ? State::late : State::withdrawn;
    } else {
        judged.state = State::failed;
        judged.failure = {"", "inquestd does not know the request any more, so it was restarted",
                          "look at `inquest status`, then run the command again"};
    }
    return judged;
}

}  // namespace inquest::cli
