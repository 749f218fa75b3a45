// The fence devices of the world: they have a network and power of their own, and switch at once
// unless something is wrong with them.
//
// A device is known by the node that it switches off and by its name; what is wrong may be so of
// one device or of all of a node.
#pragma once

#include "heartbeat/agreement/fencing.hpp"
#include "tests/sim/world/moment.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inquest::sim {

/// Something that was asked of a device and that it has not done yet.
struct FenceWork {
    std::size_t by = 0;      ///< the machine whose daemon asked
    std::uint32_t run = 0;   ///< of that daemon
    std::size_t target = 0;  ///< the machine that it switches
    agreement::FenceOrder order;
    Duration takes{};      ///< until it has done it
    bool dropped = false;  ///< nobody waits for it
};

class FenceYard {
 public:
    enum class Fault : std::uint8_t { fails, lies };

    /// From now on. An empty name: all devices of that machine.
    void be_faulty(std::size_t target, const std::string& device, Fault fault);
    /// All devices of that machine take so much longer.
    void be_slow(std::size_t target, Duration by);
    bool fails(std::size_t target, const std::string& device) const {
        return is(target, device, Fault::fails);
    }
    bool lies(std::size_t target, const std::string& device) const {
        return is(target, device, Fault::lies);
    }
    Duration takes(std::size_t target) const;

    /// Its number, for as long as the world lives.
    std::uint32_t begin(FenceWork work);
    void drop(std::size_t by, std::uint32_t run, const agreement::FenceOrderId& id);
    const FenceWork& work(std::uint32_t number) const { return works_[number]; }

 private:
    struct Faulty {
        std::size_t target;
        std::string device;
        Fault fault;
    };
    struct Slow {
        std::size_t target;
        Duration by;
    };
    bool is(std::size_t target, const std::string& device, Fault fault) const;

    std::vector<Faulty> faulty_;
    std::vector<Slow> slow_;
    std::vector<FenceWork> works_;
};

}  // namespace inquest::sim
