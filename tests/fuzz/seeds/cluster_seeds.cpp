// Writes the first inputs of fuzz_cluster: `cluster_seeds FOLDER`. Run it again when a format
// changes.
#include "heartbeat/agreement/messages.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace inquest;
using namespace std::chrono_literals;

AgreedMember member(std::uint16_t number) {
    const std::string text = std::to_string(number);
    AgreedMember result{.id = MemberId(number), .name = "n" + text};
    result.addresses = {{PathId(0), "192.0.2." + text}};
    return result;
}

AgreedKey key(std::uint8_t number) {
    AgreedKey result{.number = KeyNumber(number)};
    result.key.fill(std::byte{number});
    return result;
}

Electorate witnesses() {
    Electorate result;
    for (const MemberId voter : {MemberId(1), MemberId(3)}) result.push_back(voter);
    return result;
}

Watchdog watchdog() { return {WatchdogKind::shared, Trusted::yes, 81s}; }

FenceDevice device() {
    FenceDevice result{.name = "pdu", .agent = "fence_apc"};
    result.options = {{"ip", "192.0.2.9"}};
    result.plugs = {{MemberId(3), "7"}};
    result.secrets = "pdu";
    result.run_by = {MemberId(1)};
    return result;
}

FencePlan plan() {
    FencePlan result{.levels = {}, .delay = 2s, .priority = 3, .fate = "rack-1"};
    result.levels = {{{FencePart::Kind::device, "pdu"}, {FencePart::Kind::itself, ""}},
                     {{FencePart::Kind::operators_word, ""}}};
    return result;
}

/// Beyond what any rule allows.
Timing too_long() {
    Timing timing;
    timing.watchdog = 76h;
    return timing;
}

std::vector<std::pair<std::string, ClusterEntry::Body>> sentences() {
    const MemberId second(2);
    const AgreedPath path{.name = "a", .fate = "sw-a", .port = 7740};
    return {
        {"founded", Founded{"lab", {std::byte{7}}, {}}},
        {"founded_too_long", Founded{"lab", {std::byte{7}}, too_long()}},
        {"path_set", PathSet{PathId(1), {.name = "b", .fate = "sw-b", .port = 7740}}},
        {"path_set_again", PathSet{PathId(0), path}},
        {"timing_set", TimingSet{Timing::fast()}},
        {"invited", Invited{member(4)}},
        {"joined", Joined{second, {}}},
        {"vote_set", VoteSet{second, Vote::no}},
        {"removed", Removed{second, key(2)}},
        {"key_added", KeyAdded{key(2)}},
        {"key_takes_over", KeyTakesOver{KeyNumber(2)}},
        {"armed_set", ArmedSet{Armed::yes}},
        {"maintenance_set", MaintenanceSet{second, Maintenance::on}},
        {"incarnation_begun", IncarnationBegun{second, Incarnation(3), 5}},
        {"invited_anew", InvitedAnew{second, Role::voter, Vote::no, {}, member(2).addresses}},
        {"recovered", Recovered{2, second, key(3), "root", 1000}},
        {"condemned", Condemned{second, Incarnation(2), Hold::none, 3s, witnesses(), 1000}},
        {"acquitted", Acquitted{second, 8}},
        {"confirmed_off", ConfirmedOff{second, 8, "root"}},
        {"hold_lifted", HoldLifted{second, 8}},
        {"terms_set", TermsSet{second, Incarnation(2), 1, watchdog()}},
        {"self_fence_elapsed", SelfFenceElapsed{second, 8, 2min}},
        {"released", Released{second, 8}},
        {"fence_device_set", FenceDeviceSet{device()}},
        {"fence_device_dropped", FenceDeviceDropped{"pdu"}},
        {"fence_plan_set", FencePlanSet{second, plan()}},
        {"storm_guard_set", StormGuardSet{{.limit = 2, .window = 10min}}},
        {"fence_begun", FenceBegun{second, 8, 1, 0, {MemberId(1)}, 1000}},
        {"fence_answered",
         FenceAnswered{second, 8, 9, 0, MemberId(1), FenceResult::failed, "no route"}},
    };
}

ClusterEntry entry(ClusterEntry::Body body) {
    ClusterEntry result{.request = RequestId(7), .asked_by = MemberId(2), .wall_seconds = 1000};
    result.body = std::move(body);
    return result;
}

/// With something in every list.
ClusterState state() {
    ClusterState result{.index = 9, .hash = 8, .name = "lab", .generation = 1};
    result.paths = {{.name = "a", .fate = "sw-a", .port = 7740}};
    result.timing_index = 1;
    result.members = {member(1), member(3)};
    result.members[0].terms = Terms{watchdog(), 30s};
    result.members[1].incarnation = Incarnation(3);
    result.members[1].terms = Terms{watchdog(), 30s};
    result.members[1].condemnation = {.index = 8,
                                      .incarnation = Incarnation(3),
                                      .silence = 3s,
                                      .witnesses = witnesses(),
                                      .receipt = Receipt::self_fence_elapsed};
    result.tombstones = {{MemberId(2), "n2", 5}};
    result.keys = {key(1), key(2)};
    result.key_waiting = KeyNumber(2);
    result.requests = {{RequestId(7), EntryRefusal::already, 6}};
    result.newest_id = MemberId(3);
    result.recoveries = {{1, 5, MemberId(1), "root", 1000}};
    result.devices = {device()};
    result.members[1].fence = plan();
    result.members[1].condemnation->attempts = 1;
    result.members[1].condemnation->attempt =
        FenceAttempt{.index = 9, .level = 0, .tasks = {}, .wall_seconds = 1000};
    result.members[1].condemnation->attempt->tasks = {
        {.part = {FencePart::Kind::device, "pdu"}, .by = MemberId(1), .why = "no route"}};
    result.fences = {{8, MemberId(3), 1000}};
    return result;
}

bool write(const std::filesystem::path& file, const wire::Bytes& bytes) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    return out.good();
}

bool write_all(const std::filesystem::path& folder) {
    using namespace agreement;
    bool written =
        write(folder / "state", wire::encode(state())) &&
        write(folder / "state_blank", wire::encode(ClusterState{})) &&
        write(folder / "report", encode(Request(Report{9, 8}))) &&
        write(folder / "reply", encode(Answer(Reply{.request = RequestId(7), .term = 3}))) &&
        write(folder / "clock", encode(Answer(ClockShown{1'700'000'000}))) &&
        write(folder / "request", encode(Request(entry(ArmedSet{Armed::yes}))));
    for (auto& [name, body] : sentences())
        written = written && write(folder / name, wire::encode(entry(std::move(body))));
    return written;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: cluster_seeds FOLDER\n");
        return 2;
    }
    if (!write_all(argv[1])) {
        std::fprintf(stderr, "cluster_seeds: %s: cannot write there: give a folder that exists\n",
                     argv[1]);
        return 1;
    }
    return 0;
}
