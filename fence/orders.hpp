// Carries out what inquestd orders: begins an order when its turn has come, runs the agents that
// its plan asks for, keeps its time, and gives its one last answer.
//
// It decides nothing about nodes. It does see to it that an answer of `off` is a proof, that no
// order lasts longer than it may, and that nothing of it runs any more once it is answered.
#pragma once

#include "fence/plans.hpp"
#include "fence/processes.hpp"
#include "fence/rehearsal.hpp"
#include "fence/schedule.hpp"
#include "heartbeat/wire/fence_line.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace inquest::fence {

class Orders {
 public:
    using Owner = std::uint64_t;  ///< who is answered

    struct Surroundings {
        std::filesystem::path agents;  ///< the folder of the agents
        std::filesystem::path etc;     ///< the folder above `fence`, which has the secrets
        std::function<void(Owner, const wire::FenceAnswer&)> answer;
        std::function<void(const std::string&)> log;  ///< one line an order, when it has ended
    };

    Orders(boost::asio::io_context& io, Surroundings surroundings);

    /// False: it has the number of one that runs; nothing was done.
    [[nodiscard]] bool take(Owner owner, const wire::FenceOrder& order);

    /// What only asks is given up with its owner. A power-off goes on, since half of one would be
    /// worse than either; so does a notice. Their answers are lost.
    void owner_left(Owner owner);

 private:
    struct Order;
    using Handle = std::shared_ptr<Order>;

    void give_up(Owner owner, wire::FenceOrderId id);
    void next_turn();
    void begin(const Handle& order);
    void begin_asking(const Handle& order, const wire::AgentCall& call);
    void begin_notice(const Handle& order, const wire::FenceNotify& notice);
    bool prepare(const Handle& order, const wire::AgentCall& call);
    void watch(const Handle& order);
    void follow(const Handle& order, const Step& step);
    void run_agent(const Handle& order, const RunAgent& run);
    void heard(const Handle& order, const ProcessEnd& end);
    void stop(const Handle& order, const std::string& why, ProcessEnd::How how);
    void conclude(const Handle& order, wire::FenceWord answer, const std::string& why);
    void answer(const Handle& order, wire::FenceWord answer, const std::string& why);
    void log(const Order& order, const wire::FenceAnswer& answer) const;

    boost::asio::io_context& io_;
    Surroundings surroundings_;
    Processes processes_;
    Schedule schedule_;
    std::map<Schedule::Ticket, Handle> orders_;
    Schedule::Ticket last_ = 0;
};

}  // namespace inquest::fence
