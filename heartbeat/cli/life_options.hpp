// What may be typed behind the verbs that change a cluster.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace inquest::cli {

struct LifeOptions {
    std::string cluster;                 ///< init
    std::string name;                    ///< the node that is meant; empty: this one, where it can
    std::vector<std::string> addresses;  ///< init, invite: PATH=ADDR, for init also @FATE
    std::vector<std::string> devices;    ///< init, join: PATH=DEVICE
    std::string role = "voter";
    std::string profile = "default";
    std::string expires = "1h";
    std::string timeout = "30s";
    std::optional<std::filesystem::path> output;  ///< invite: the token goes there
    std::string file;  ///< join: "-" is standard input; config; ledger backup; disk: what is meant
    bool no_vote = false;
    bool no_start = false;
    bool yes = false;
    bool anyway = false;    ///< arm: though a fence device is not ready
    bool on = false;        ///< maintenance
    bool dry_run = false;   ///< the default, said aloud
    bool for_real = false;  ///< recover-quorum, ledger restore: not only the plan
    std::string confirm;    ///< there: the cluster's name, instead of typing it
};

}  // namespace inquest::cli
