// inquest config show, diff and push: what the cluster has agreed on, what a file would like
// instead, and making it so.
//
// Steps of a push: each change is agreed on by itself, in the order in which it is shown. A push
// that is killed half-way has made some of them; given again, it makes the rest.
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/core/fence_text.hpp"
#include "heartbeat/wire/ledger_backup.hpp"

#include <fstream>
#include <iterator>

namespace inquest::cli {
namespace {

using config::Complaint;
using config::Complaints;
using config::Wanted;

/// A field's whole text; text_of() shows only its beginning.
std::string long_text_of(const Json& reply, const char* name) {
    const auto found = reply.find(name);
    return found != reply.end() && found->is_string() ? found->get<std::string>() : "";
}

Or<ClusterState> agreed_state(const Command& command) {
    const Or<Json> reply = ask(command, {.verb = wire::Verb::backup});
    if (!reply) return tl::unexpected(reply.error());
    auto backup = wire::decode_backup(long_text_of(*reply, "backup"));
    if (backup) return std::move(backup->state);
    return tl::unexpected(wire::ErrorReply{
        {"what is agreed cannot be read", "inquestd's answer is of another version",
         "install inquest and inquestd of one version"},
        wire::Exit::failed});
}

config::Text text_of_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (in) return std::string(std::istreambuf_iterator<char>(in), {});
    return tl::unexpected(Complaint{config::Severity::error, file.string(), 0, "", "cannot be read",
                                    "name a readable file"});
}

std::filesystem::path wanted_file(const Command& command) {
    if (command.life.file.empty()) return command.etc / "cluster.toml";
    return command.life.file;
}

/// Says what is wrong with it. Error: so much that nothing should be asked for.
wire::Exit told(const Complaints& complaints) {
    for (const Complaint& complaint : complaints) {
        const bool warning = complaint.severity == config::Severity::warning;
        say(std::string(warning ? "warning: " : "error: ") + clean(to_string(complaint)) + "\n");
    }
    return has_error(complaints) ? wire::Exit::failed : wire::Exit::healthy;
}

struct Difference {
    ClusterState state;
    Wanted wanted;
};

tl::expected<Difference, wire::Exit> difference(const Command& command) {
    Or<ClusterState> state = agreed_state(command);
    if (!state) return tl::unexpected(refused(state.error()));
    const auto wanted = config::read_cluster_alone(text_of_file(wanted_file(command)));
    if (!wanted) return tl::unexpected(told(wanted.error()));
    Wanted changes = config::changes_between(*state, *wanted);
    return Difference{std::move(*state), std::move(changes)};
}

std::vector<std::string> effects_of(const Difference& found) {
    std::vector<std::string> all;
    for (const Wanted::Change& change : found.wanted.changes) {
        for (std::string& effect : config::effects(found.state, change))
            all.push_back(std::move(effect));
    }
    return all;
}

void show(const Command& command, const std::vector<std::string>& effects) {
    if (command.json) return print(line({{"effects", effects}}) + "\n");
    if (effects.empty()) return print("nothing differs from what is agreed\n");
    print("after a push, instead of what is agreed now:\n");
    for (const std::string& effect : effects) print("- " + clean(effect) + "\n");
}

/// A sentence of the ledger as people write it: with names.
class Asked {
 public:
    explicit Asked(const ClusterState& state) : state_(state) {}

    wire::Change operator()(const TimingSet& set) const { return wire::TimingChange{set.timing}; }
    wire::Change operator()(const PathSet& set) const {
        return wire::PathChange{set.path, set.terms};
    }
    wire::Change operator()(const StormGuardSet& set) const {
        return wire::StormGuardChange{set.storm};
    }
    wire::Change operator()(const FenceDeviceSet& set) const {
        const FenceDevice& device = set.device;
        wire::FenceDeviceChange change{.name = device.name,
                                       .agent = device.agent,
                                       .proves = device.proves,
                                       .options = {},
                                       .plugs = {},
                                       .secrets = device.secrets,
                                       .run_by = {},
                                       .timeout = device.timeout};
        for (const FenceOption& option : device.options) change.options[option.name] = option.value;
        for (const FencePlug& plug : device.plugs) change.plugs[name(plug.member)] = plug.plug;
        for (const MemberId member : device.run_by) change.run_by.push_back(name(member));
        return change;
    }
    wire::Change operator()(const FenceDeviceDropped& dropped) const {
        return wire::FenceDeviceDropChange{dropped.name};
    }
    wire::Change operator()(const FencePlanSet& set) const {
        wire::FencePlanChange change{.node = name(set.member),
                                     .levels = {},
                                     .delay = set.plan.delay,
                                     .priority = set.plan.priority,
                                     .fate = set.plan.fate};
        for (const FenceLevel& level : set.plan.levels) change.levels.push_back(text(level));
        return change;
    }

 private:
    std::string name(MemberId id) const {
        const AgreedMember* member = state_.member(id);
        return member == nullptr ? "" : member->name;
    }

    const ClusterState& state_;
};

wire::Exit ask_for_all(const Command& command, const Difference& found) {
    const Wanted& wanted = found.wanted;
    Waiting waiting(command.life.timeout);
    for (const Wanted::Change& change : wanted.changes) {
        const Or<Agreed> agreed =
            agree(command, std::visit(Asked(found.state), change),
                  "the configuration is not changed, or only in part", waiting);
        if (!agreed) return refused(agreed.error());
    }
    if (!wanted.changes.empty()) say("agreed; every node follows by itself\n");
    return wire::Exit::healthy;
}

}  // namespace

wire::Exit run_config_show(const Command& command) {
    const Or<Json> reply = ask(command, {.verb = wire::Verb::state_text});
    if (!reply) return refused(reply.error());
    print(command.json ? line(*reply) + "\n" : long_text_of(*reply, "cluster_toml"));
    return wire::Exit::healthy;
}

wire::Exit run_config_diff(const Command& command) {
    const auto found = difference(command);
    if (!found) return found.error();
    show(command, effects_of(*found));
    return told(found->wanted.complaints);
}

wire::Exit run_config_push(const Command& command) {
    const auto found = difference(command);
    if (!found) return found.error();
    show(command, effects_of(*found));
    if (told(found->wanted.complaints) != wire::Exit::healthy)
        return refused("nothing is changed", "the file asks for what a push cannot do",
                       "correct it; `inquest config show` prints what is agreed");
    return ask_for_all(command, *found);
}

}  // namespace inquest::cli
