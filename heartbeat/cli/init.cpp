// inquest init: founds a cluster whose first member is this node.
//
// Steps, after each of which the command may be killed and given again:
//   1. STATE/begin is written: "found", and the cluster's number, which a repeat keeps
//   2. cluster.keys (a key that is there already is kept), cluster.toml, node.toml
//   3. inquestd starts: it makes ledger.db with the founding entries, then STATE/member, and
//      removes STATE/begin
//   4. the checks are shown
#include "heartbeat/cli/becoming_member.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/placed_address.hpp"
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/digest.hpp"

#include <sodium.h>

namespace inquest::cli {
namespace {

constexpr std::uint16_t port_default = config::beat_port;

ClusterState founded(const Command& command, const std::vector<PlacedAddress>& addresses,
                     const ClusterUuid& uuid) {
    const LifeOptions& typed = command.life;
    ClusterState state{.name = typed.cluster, .uuid = uuid, .generation = 1};
    if (typed.profile == "fast") state.timing = Timing::fast();
    AgreedMember first{.id = MemberId(1),
                       .name = typed.name,
                       .role = typed.role == "witness" ? Role::witness : Role::voter,
                       .votes = Vote::yes,
                       .standing = AgreedMember::Standing::joined};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const PlacedAddress& placed = addresses[i];
        state.paths.push_back({.name = placed.path,
                               .kind = placed.kind,
                               .fate = placed.fate.empty() ? placed.path : placed.fate,
                               .port = port_default});
        first.addresses.push_back({PathId(static_cast<std::uint8_t>(i)), placed.address});
    }
    state.members = {first};
    return state;
}

/// The number that a founding was begun with, or a new one.
ClusterUuid uuid_of(const Traces& found) {
    const std::string& text = found.begin_text;
    if (found.begun == Traces::Begun::founding) {
        if (const auto begun = wire::from_hex<ClusterUuid>(text.substr(text.find(' ') + 1)))
            return *begun;
    }
    ClusterUuid uuid{};
    ::randombytes_buf(uuid.data(), uuid.size());
    return uuid;
}

/// The key that a founding was begun with, or a new one.
std::string keys_of(const Command& command, const Traces& found) {
    if (found.begun == Traces::Begun::founding) {
        const config::Text text = config::read_keys(command.etc);
        if (text && wire::parse_keys(*text, wire::cluster_tag(command.life.cluster))) return *text;
    }
    return wire::keys_text({wire::draw_key({})});
}

/// inquestd has taken it over: there is nothing to write any more.
bool is_founded(const Traces& found, const Command& command) {
    return found.member && !found.removed && found.node == command.life.name &&
           found.cluster == command.life.cluster;
}

}  // namespace

wire::Exit run_init(const Command& command) {
    const auto addresses = parse_addresses(command.life.addresses);
    if (!addresses)
        return refused("nothing is begun", "--address: " + addresses.error(),
                       "see `inquest init --help`", wire::Exit::usage);
    if (addresses->size() > paths_max)
        return refused("nothing is begun", "a cluster has at most 16 paths", "name fewer",
                       wire::Exit::usage);
    const auto devices = parse_devices(command.life.devices);
    if (!devices)
        return refused("nothing is begun", "--device: " + devices.error(),
                       "see `inquest init --help`", wire::Exit::usage);
    const Traces found = traces(folders(command));
    if (is_founded(found, command)) {
        say("this cluster is founded already; here is how it is:\n");
        const Or<Json> known = ask(command.run, {.verb = wire::Verb::ledger});
        return become_member(command, known ? text_of(*known, "uuid") : "");
    }
    if (const auto why = occupied(found, Traces::Begun::founding))
        return refused({*why, wire::Exit::failed});

    const ClusterUuid uuid = uuid_of(found);
    NodeFiles files{.begin = "found " + wire::hex(uuid) + "\n",
                    .keys = keys_of(command, found),
                    .cluster = config::render(founded(command, *addresses, uuid)),
                    .node = node_toml(command.life.name, *devices)};
    if (const std::string why = complaints_of(files); !why.empty())
        return refused("nothing is begun", why, "correct what was typed");
    const auto written = write_node_files(folders(command), files);
    wire::wipe(files.keys);
    if (!written) return refused({written.error(), wire::Exit::failed});
    const wire::Exit exit = become_member(command, wire::hex(uuid));
    if (exit == wire::Exit::healthy && !command.life.no_start)
        say("next: `inquest invite NODE --address PATH=ADDR...` for each other node\n");
    return exit;
}

}  // namespace inquest::cli
