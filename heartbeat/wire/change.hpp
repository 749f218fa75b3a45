// What an administrator asks the cluster to agree on, between `inquest` and `inquestd`: names as
// people write them. The daemon turns it into an entry of the ledger.
//
//   {"kind":"invite","name":"n4","role":"voter","vote":true,"addresses":{"lan-a":"192.0.2.4"}}
//   {"kind":"remove","node":"n4"}
//   {"kind":"arm","armed":true}
//   {"kind":"maintenance","node":"n4","on":true}
//   {"kind":"confirm-off","node":"n4","person":"alice"}
//   {"kind":"release","node":"n4"}
//   {"kind":"rekey"}
//   {"kind":"timing","beat_interval_ns":..,"path_limit_ns":..,
//    "condemn_after_ns":..,"boot_grace_ns":..,"lease_ns":..,"restart_grace_ns":..,
//    "watchdog_ns":..,"margin_ns":..}
//   {"kind":"path","place":2,"name":"lan-c","path_kind":"udp",
//    "fate":"sw-c","port":7740,"off":false}
//   {"kind":"fence-device","name":"pdu","agent":"fence_apc","proves":"power",
//    "options":{"ip":"192.0.2.9"},"plugs":{"n3":"7"},"secrets":"pdu","run_by":["n1"],
//    "timeout_ns":..}
//   {"kind":"fence-device-drop","name":"pdu"}
//   {"kind":"fence-plan","node":"n3","levels":["bmc-n3","pdu+self"],"delay_ns":..,
//    "priority":0,"fate":"rack-2"}
//   {"kind":"storm-guard","limit":1,"window_ns":..}
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace inquest::wire {

struct InviteChange {
    std::string name;
    Role role = Role::voter;
    Vote vote = Vote::yes;
    std::map<std::string, std::string> addresses;  ///< by path

    friend bool operator==(const InviteChange&, const InviteChange&) = default;
};

struct RemoveChange {
    std::string node;

    friend bool operator==(const RemoveChange&, const RemoveChange&) = default;
};

struct ArmChange {
    Armed armed = Armed::no;

    friend bool operator==(const ArmChange&, const ArmChange&) = default;
};

struct MaintenanceChange {
    std::string node;
    Maintenance maintenance = Maintenance::off;

    friend bool operator==(const MaintenanceChange&, const MaintenanceChange&) = default;
};

struct RekeyChange {
    friend bool operator==(const RekeyChange&, const RekeyChange&) = default;
};

struct TimingChange {
    Timing timing;

    friend bool operator==(const TimingChange&, const TimingChange&) = default;
};

struct PathChange {
    PathId path;
    AgreedPath terms;

    friend bool operator==(const PathChange&, const PathChange&) = default;
};

/// A condemned node's machine is off.
struct ConfirmOffChange {
    std::string node;
    std::string person;  ///< whose word it is

    friend bool operator==(const ConfirmOffChange&, const ConfirmOffChange&) = default;
};

/// A condemnation that is held waits for nobody any more.
struct ReleaseChange {
    std::string node;

    friend bool operator==(const ReleaseChange&, const ReleaseChange&) = default;
};

struct FenceDeviceChange {
    std::string name;
    std::string agent;
    FenceProof proves = FenceProof::power;
    std::map<std::string, std::string> options;
    std::map<std::string, std::string> plugs;  ///< by node
    std::string secrets;
    std::vector<std::string> run_by;
    Duration timeout = fence_timeout_default;

    friend bool operator==(const FenceDeviceChange&, const FenceDeviceChange&) = default;
};

struct FenceDeviceDropChange {
    std::string name;

    friend bool operator==(const FenceDeviceDropChange&, const FenceDeviceDropChange&) = default;
};

struct FencePlanChange {
    std::string node;
    std::vector<std::string> levels;  ///< as cluster.toml has them
    Duration delay{};
    std::uint8_t priority = 0;
    std::string fate;

    friend bool operator==(const FencePlanChange&, const FencePlanChange&) = default;
};

struct StormGuardChange {
    StormGuard storm;

    friend bool operator==(const StormGuardChange&, const StormGuardChange&) = default;
};

using Change =
    std::variant<InviteChange, RemoveChange, ArmChange, MaintenanceChange, RekeyChange,
                 TimingChange, PathChange, ConfirmOffChange, ReleaseChange, FenceDeviceChange,
                 FenceDeviceDropChange, FencePlanChange, StormGuardChange>;

}  // namespace inquest::wire
