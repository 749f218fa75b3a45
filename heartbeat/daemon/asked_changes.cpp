#include "heartbeat/daemon/asked_changes.hpp"

#include "heartbeat/config/address.hpp"
#include "heartbeat/core/fence_text.hpp"
#include "heartbeat/wire/agreed_keys.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <ctime>

namespace inquest::daemon {
namespace {

using Answer = tl::expected<AskedChange, wire::Complaint>;

tl::unexpected<wire::Complaint> refused(std::string why, std::string remedy) {
    return tl::unexpected(
        wire::Complaint{"this cannot be agreed on", std::move(why), std::move(remedy)});
}

class Translator {
 public:
    explicit Translator(const ClusterState& state) : state_(state) {}

    Answer operator()(const wire::InviteChange& change) const {
        AgreedMember member{.id = state_.next_id(),
                            .name = change.name,
                            .role = change.role,
                            .may_vote = change.vote};
        for (const auto& [path, written] : change.addresses) {
            const auto place = place_of(path);
            if (!place) return refused("there is no path " + path, "see `inquest config show`");
            const auto address = config::parse_address(written);
            if (!address)
                return refused(fmt::format("{} on {}: {}", written, path, address.error().what),
                               address.error().remedy);
            if (const auto problem = config::misfit(*address, state_.paths[place->value].kind))
                return refused(fmt::format("{} on {}: {}", written, path, problem->what),
                               problem->remedy);
            member.addresses.push_back({*place, address->text});
        }
        std::sort(member.addresses.begin(), member.addresses.end(),
                  [](const auto& a, const auto& b) { return a.path < b.path; });
        wire::Secret secret{};
        ::randombytes_buf(secret.data(), secret.size());
        member.invitation = wire::digest(secret);
        const AgreedMember* known = state_.member(change.name);
        if (known != nullptr && known->standing == AgreedMember::Standing::invited)
            return AskedChange{anew(known->id, std::move(member)), secret};
        return AskedChange{Invited{std::move(member)}, secret};
    }

    Answer operator()(const wire::RemoveChange& change) const {
        const auto member = member_of(change.node);
        if (!member) return tl::unexpected(member.error());
        return AskedChange{Removed{*member, wire::draw_key(state_.keys)}, {}};
    }

    Answer operator()(const wire::ArmChange& change) const {
        return AskedChange{ArmedSet{change.armed}, {}};
    }

    Answer operator()(const wire::MaintenanceChange& change) const {
        const auto member = member_of(change.node);
        if (!member) return tl::unexpected(member.error());
        return AskedChange{MaintenanceSet{*member, change.maintenance}, {}};
    }

    Answer operator()(const wire::ConfirmOffChange& change) const {
        const auto member = condemned(change.node);
        if (!member) return tl::unexpected(member.error());
        return AskedChange{
            ConfirmedOff{(*member)->id, (*member)->condemnation->index, change.person}, {}};
    }

    Answer operator()(const wire::ReleaseChange& change) const {
        const auto member = condemned(change.node);
        if (!member) return tl::unexpected(member.error());
        return AskedChange{HoldLifted{.member = (*member)->id,
                                      .condemnation = (*member)->condemnation->index,
                                      .because = HoldLifted::Because::person,
                                      .wall_seconds = std::time(nullptr)},
                           {}};
    }

    Answer operator()(const wire::RekeyChange&) const {
        return AskedChange{KeyAdded{wire::draw_key(state_.keys)}, {}};
    }

    Answer operator()(const wire::TimingChange& change) const {
        return AskedChange{TimingSet{change.timing}, {}};
    }

    Answer operator()(const wire::PathChange& change) const {
        return AskedChange{PathSet{change.path, change.terms}, {}};
    }

    Answer operator()(const wire::FenceDeviceChange& change) const {
        FenceDevice device{.name = change.name,
                           .agent = change.agent,
                           .proves = change.proves,
                           .options = {},
                           .plugs = {},
                           .secrets = change.secrets,
                           .run_by = {},
                           .timeout = change.timeout};
        for (const auto& [name, value] : change.options) device.options.push_back({name, value});
        for (const auto& [node, plug] : change.plugs) {
            const auto member = member_of(node);
            if (!member) return tl::unexpected(member.error());
            device.plugs.push_back({*member, plug});
        }
        for (const std::string& node : change.run_by) {
            const auto member = member_of(node);
            if (!member) return tl::unexpected(member.error());
            device.run_by.push_back(*member);
        }
        std::sort(device.plugs.begin(), device.plugs.end(),
                  [](const FencePlug& a, const FencePlug& b) { return a.member < b.member; });
        std::sort(device.run_by.begin(), device.run_by.end());
        return AskedChange{FenceDeviceSet{std::move(device)}, {}};
    }

    Answer operator()(const wire::FenceDeviceDropChange& change) const {
        return AskedChange{FenceDeviceDropped{change.name}, {}};
    }

    Answer operator()(const wire::FencePlanChange& change) const {
        const auto member = member_of(change.node);
        if (!member) return tl::unexpected(member.error());
        FencePlan plan{
            .levels = {}, .delay = change.delay, .priority = change.priority, .fate = change.fate};
        for (const std::string& written : change.levels) {
            auto level = parse_level(written);
            if (!level)
                return refused(written + " is no level",
                               "write devices, `self` or `operator`, with + between them");
            plan.levels.push_back(std::move(*level));
        }
        return AskedChange{FencePlanSet{*member, std::move(plan)}, {}};
    }

    Answer operator()(const wire::StormGuardChange& change) const {
        return AskedChange{StormGuardSet{change.storm}, {}};
    }

 private:
    /// A member that never joined keeps its number, and has this secret from now on.
    static InvitedAnew anew(MemberId id, AgreedMember terms) {
        return {.member = id,
                .role = terms.role,
                .may_vote = terms.may_vote,
                .invitation = terms.invitation,
                .addresses = std::move(terms.addresses)};
    }

    std::optional<PathId> place_of(const std::string& path) const {
        const auto known =
            std::find_if(state_.paths.begin(), state_.paths.end(),
                         [&](const AgreedPath& terms) { return terms.name == path; });
        if (known == state_.paths.end()) return std::nullopt;
        return PathId(static_cast<std::uint8_t>(known - state_.paths.begin()));
    }

    tl::expected<MemberId, wire::Complaint> member_of(const std::string& name) const {
        if (const AgreedMember* member = state_.member(name)) return member->id;
        return refused("there is no node " + name, "see `inquest status` for their names");
    }

    /// What is agreed on about a condemned node names its condemnation.
    tl::expected<const AgreedMember*, wire::Complaint> condemned(const std::string& name) const {
        const AgreedMember* member = state_.member(name);
        if (member == nullptr)
            return refused("there is no node " + name, "see `inquest status` for their names");
        if (member->condemnation) return member;
        return refused(name + " is not condemned",
                       fmt::format("only a lost node is, and only while the cluster is armed: see "
                                   "`inquest explain {}`",
                                   name));
    }

    const ClusterState& state_;
};

}  // namespace

Answer sentence_of(const wire::Change& change, const ClusterState& state) {
    return std::visit(Translator(state), change);
}

}  // namespace inquest::daemon
