// The members of a cluster by number, name and place. Places are what the core counts in: the order
// of the configuration, so that every walk over the members is the same on every node.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/core/config.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inquest {

class Roster {
 public:
    /// Pre: `cluster` has no problem that is an error, and `self` is one of its members.
    Roster(const ClusterConfig& cluster, MemberId self);

    std::size_t size() const { return members_.size(); }
    std::size_t self() const { return self_; }
    std::size_t path_count() const { return path_names_.size(); }
    int voters() const { return voters_; }

    std::optional<std::size_t> place(MemberId id) const;
    std::optional<std::size_t> place(std::string_view name) const;

    MemberId id(std::size_t place) const { return members_[place].id; }
    const std::string& name(std::size_t place) const { return members_[place].name; }
    bool votes(std::size_t place) const { return members_[place].votes; }
    bool joined(std::size_t place) const { return members_[place].joined; }
    const std::string& path_name(std::size_t path) const { return path_names_[path]; }
    const std::string& fate(std::size_t path) const { return fates_[path]; }

    /// Are both on this path, and is it switched on?
    bool connects(std::size_t path, std::size_t a, std::size_t b) const;
    /// [path]: are this node and that member both on it, and is it switched on?
    std::vector<bool> connections(std::size_t place) const;

 private:
    struct Member {
        MemberId id;
        std::string name;
        bool votes;
        bool joined;
        std::vector<bool> on;  ///< on[path]: it is on the path, which is switched on
    };

    std::vector<Member> members_;
    std::vector<std::string> path_names_;
    std::vector<std::string> fates_;
    std::size_t self_ = 0;
    int voters_ = 0;
};

/// [place now] = the place before of the same member, by its id; nothing for a newcomer.
using Places = std::vector<std::optional<std::size_t>>;
Places places_before(const Roster& now, const Roster& before);

}  // namespace inquest
