#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/core/fence_text.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/wording.hpp"

#include <fmt/format.h>

namespace inquest {
namespace {

/// Whom an id means, before the entry changed anything.
class Teller {
 public:
    explicit Teller(const ClusterState& before) : before_(before) {}

    std::string operator()(const Founded& founded) const {
        return fmt::format("founded the cluster {}", founded.name);
    }
    std::string operator()(const PathSet& set) const {
        return fmt::format("set path {} (fate {}, port {}{})", set.terms.name, set.terms.fate,
                           set.terms.port, set.terms.admin == Switched::off ? ", off" : "");
    }
    std::string operator()(const TimingSet& set) const {
        return fmt::format(
            "set timings: beat_interval {}, path_limit {}, condemn_after {}, "
            "boot_grace {}, lease {}, restart_grace {}, watchdog {}, margin {}",
            text(set.timing.beat_interval), text(set.timing.path_limit),
            text(set.timing.condemn_after), text(set.timing.boot_grace), text(set.timing.lease),
            text(set.timing.restart_grace), text(set.timing.watchdog), text(set.timing.margin));
    }
    std::string operator()(const Invited& invited) const {
        return fmt::format("invited {} as member {}", invited.member.name, invited.member.id.value);
    }
    std::string operator()(const Joined& joined) const {
        return fmt::format("{} joined", name(joined.member));
    }
    std::string operator()(const VoteSet& set) const {
        return fmt::format("{} {}", name(set.member),
                           set.votes == Vote::yes ? "votes" : "votes no more");
    }
    std::string operator()(const Removed& removed) const {
        return fmt::format("removed {}", name(removed.member));
    }
    std::string operator()(const KeyAdded& added) const {
        return fmt::format("added key {}", added.key.number.value);
    }
    std::string operator()(const KeyTakesOver& taking) const {
        return fmt::format("key {} signs", taking.number.value);
    }
    std::string operator()(const ArmedSet& set) const {
        return set.armed == Armed::yes ? "armed" : "disarmed";
    }
    std::string operator()(const MaintenanceSet& set) const {
        return fmt::format("maintenance of {} {}", name(set.member),
                           set.maintenance == Maintenance::on ? "on" : "off");
    }
    std::string operator()(const IncarnationBegun& begun) const {
        const AgreedMember* member = before_.member(begun.member);
        const bool condemned = member != nullptr && member->condemnation;
        return fmt::format("{} began incarnation {}{}", name(begun.member), begun.incarnation.value,
                           condemned ? ", so the condemned one before it runs no more" : "");
    }
    std::string operator()(const InvitedAnew& anew) const {
        return fmt::format("invited {} anew", name(anew.member));
    }
    std::string operator()(const Recovered& recovered) const {
        return fmt::format("began generation {} with {} alone, confirmed by {}",
                           recovered.generation, name(recovered.survivor), recovered.person);
    }

    std::string operator()(const Condemned& condemned) const {
        std::vector<std::string> witnesses;
        for (const MemberId witness : condemned.witnesses) witnesses.push_back(name(witness));
        return fmt::format(
            "condemned {}, incarnation {}: silent on every path for {}, {} testif{}{}",
            name(condemned.member), condemned.incarnation.value, phrase(condemned.silence),
            listing(witnesses), witnesses.size() == 1 ? "ies" : "y", why_held(condemned.hold));
    }
    std::string operator()(const Acquitted& acquitted) const {
        return fmt::format("acquitted {}: it was heard", name(acquitted.member));
    }
    std::string operator()(const ConfirmedOff& confirmed) const {
        return fmt::format("{} is off: {} has given their word", name(confirmed.member),
                           confirmed.person);
    }
    std::string operator()(const HoldLifted& lifted) const {
        if (lifted.because == HoldLifted::Because::storm_over)
            return fmt::format("{} is held no more: nobody else was switched off lately",
                               name(lifted.member));
        return fmt::format("released the condemnation of {} from its hold", name(lifted.member));
    }
    std::string operator()(const TermsSet& set) const {
        return fmt::format("{} resets itself within {} of its last lease ({} watchdog{})",
                           name(set.member), phrase(set.watchdog.reset_within),
                           word(set.watchdog.kind),
                           set.watchdog.trusted == Trusted::yes ? "" : ", not trusted as a proof");
    }
    std::string operator()(const SelfFenceElapsed& elapsed) const {
        return fmt::format(
            "{} runs nothing any more: condemned for {}, its lease and its watchdog "
            "have run out",
            name(elapsed.member), phrase(elapsed.waited));
    }
    std::string operator()(const Released& released) const {
        return fmt::format("{} says that it has no guests", name(released.member));
    }
    std::string operator()(const FenceDeviceSet& set) const {
        return fmt::format("set fence device {} ({})", set.device.name, set.device.agent);
    }
    std::string operator()(const FenceDeviceDropped& dropped) const {
        return fmt::format("dropped fence device {}", dropped.name);
    }
    std::string operator()(const FencePlanSet& set) const {
        return fmt::format("{} is switched off by {}", name(set.member), describe(set.plan));
    }
    std::string operator()(const StormGuardSet& set) const {
        return fmt::format("at most {} node{} switched off within {}", set.storm.limit,
                           set.storm.limit == 1 ? " is" : "s are", text(set.storm.window));
    }
    std::string operator()(const FenceBegun& begun) const {
        return fmt::format("attempt {} to switch {} off begins: {}", begun.number,
                           name(begun.member), asked_by(begun));
    }
    std::string operator()(const FenceAnswered& answered) const {
        const std::string device = device_of(answered);
        if (answered.result == FenceResult::done)
            return fmt::format("{} has switched {} off: {} saw it", device, name(answered.member),
                               name(answered.by));
        return fmt::format("{} has not switched {} off, asked by {}: {}", device,
                           name(answered.member), name(answered.by), answered.why);
    }

 private:
    static std::string_view why_held(Hold hold) {
        switch (hold) {
            case Hold::none: return "";
            case Hold::too_many: return "; held, since others are missed with it";
            case Hold::same_fate: return "; held, since another one of its fate is missed too";
            case Hold::storm: return "; held, since enough were switched off lately";
        }
        return "";
    }

    /// "bmc-n3 by n1 and pdu by n1".
    std::string asked_by(const FenceBegun& begun) const {
        const AgreedMember* member = before_.member(begun.member);
        std::vector<std::string> asked;
        std::size_t place = 0;
        if (member == nullptr || begun.level >= member->fence.levels.size()) return "no such level";
        for (const FencePart& part : member->fence.levels[begun.level]) {
            if (part.kind == FencePart::Kind::device && place < begun.by.size())
                asked.push_back(part.device + " by " + name(begun.by[place++]));
            else
                asked.push_back(word(part));
        }
        return listing(asked);
    }

    std::string device_of(const FenceAnswered& answered) const {
        const AgreedMember* member = before_.member(answered.member);
        const bool known = member != nullptr && member->condemnation &&
                           member->condemnation->attempt &&
                           answered.task < member->condemnation->attempt->tasks.size();
        return known ? word(member->condemnation->attempt->tasks[answered.task].part)
                     : std::string("a device");
    }

    std::string name(MemberId id) const {
        if (const AgreedMember* member = before_.member(id)) return member->name;
        return fmt::format("member {}", id.value);
    }

    const ClusterState& before_;
};

}  // namespace

std::string sentence(const ClusterEntry& entry, const ClusterState& before) {
    return std::visit(Teller(before), entry.body);
}

}  // namespace inquest
