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
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <tl/expected.hpp>

#include <map>
#include <string>
#include <string_view>
#include <variant>

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

using Change = std::variant<InviteChange, RemoveChange, ArmChange, MaintenanceChange, RekeyChange,
                            TimingChange, PathChange, ConfirmOffChange, ReleaseChange>;

}  // namespace inquest::wire
