#include "fence/orders.hpp"

#include "fence/agent_metadata.hpp"
#include "fence/program_file.hpp"
#include "fence/secrets_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace inquest::fence {
namespace {

namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;
using Outcome = wire::FenceStep::Outcome;
using wire::FenceWord;

const wire::AgentCall* call_in(const wire::FenceOrder& order) {
    if (const auto* const off = std::get_if<wire::FenceOff>(&order)) return &off->call;
    if (const auto* const probe = std::get_if<wire::FenceProbe>(&order)) return &probe->call;
    if (const auto* const rehearse = std::get_if<wire::FenceRehearse>(&order))
        return &rehearse->call;
    return nullptr;
}

std::string_view asks(const wire::FenceOrder& order) {
    if (std::holds_alternative<wire::FenceOff>(order)) return "off";
    if (std::holds_alternative<wire::FenceProbe>(order)) return "probe";
    return std::holds_alternative<wire::FenceRehearse>(order) ? "rehearse" : "notify";
}

Schedule::Kind kind_of(const wire::FenceOrder& order) {
    if (std::holds_alternative<wire::FenceOff>(order)) return Schedule::Kind::off;
    return call_in(order) != nullptr ? Schedule::Kind::question : Schedule::Kind::notice;
}

Duration timeout_of(const wire::FenceOrder& order) {
    const wire::AgentCall* const call = call_in(order);
    return call != nullptr ? call->timeout : std::get<wire::FenceNotify>(order).timeout;
}

}  // namespace

struct Orders::Order {
    Order(asio::io_context& io, wire::FenceOrder ordered)
        : order(std::move(ordered)), deadline(io), pause(io) {}

    Schedule::Ticket ticket = 0;
    Owner owner = 0;
    wire::FenceOrder order;
    Clock::time_point received = Clock::now();
    asio::steady_timer deadline;
    asio::steady_timer pause;
    std::variant<std::monostate, OffPlan, ProbePlan, Rehearsal> plan;
    std::string program;
    Secrets secrets;
    std::optional<Processes::Id> process;
    std::string stopped_because;  ///< not empty: its answer is `failed`, and this is why
    bool has_begun = false;
    bool is_answered = false;

    wire::FenceOrderId id() const { return id_of(order); }
    Duration took() const { return std::chrono::duration_cast<Duration>(Clock::now() - received); }
    Duration left() const { return timeout_of(order) - took(); }
};

Orders::Orders(asio::io_context& io, Surroundings surroundings)
    : io_(io), surroundings_(std::move(surroundings)), processes_(io) {}

bool Orders::take(Owner owner, const wire::FenceOrder& ordered) {
    const wire::FenceOrderId id = id_of(ordered);
    if (std::holds_alternative<wire::FenceGiveUp>(ordered)) {
        give_up(owner, id);
        return true;
    }
    if (std::any_of(orders_.begin(), orders_.end(), [&](const auto& other) {
            return other.second->owner == owner && other.second->id() == id;
        }))
        return false;
    const auto order = std::make_shared<Order>(io_, ordered);
    order->ticket = ++last_;
    order->owner = owner;
    const wire::AgentCall* const call = call_in(ordered);
    orders_[order->ticket] = order;
    if (!schedule_.add(order->ticket, kind_of(ordered), call != nullptr ? call->device.name : "")) {
        conclude(order, FenceWord::failed, "too many orders wait already");
        return true;
    }
    watch(order);
    next_turn();
    return true;
}

void Orders::owner_left(Owner owner) {
    const auto all = orders_;
    for (const auto& [ticket, order] : all) {
        if (order->owner == owner && kind_of(order->order) == Schedule::Kind::question)
            stop(order, "nobody waits for the answer any more", ProcessEnd::How::given_up);
    }
}

void Orders::give_up(Owner owner, wire::FenceOrderId id) {
    const auto all = orders_;
    for (const auto& [ticket, order] : all) {
        if (order->owner == owner && order->id() == id)
            stop(order, "given up as ordered", ProcessEnd::How::given_up);
    }
}

void Orders::next_turn() {
    const Schedule::Turn turn = schedule_.turn();
    for (const Schedule::Ticket ticket : turn.end) {
        const auto found = orders_.find(ticket);
        if (found != orders_.end())
            stop(Handle(found->second), "made way for a power-off", ProcessEnd::How::given_up);
    }
    for (const Schedule::Ticket ticket : turn.begin) {
        const auto found = orders_.find(ticket);
        if (found != orders_.end()) begin(Handle(found->second));
    }
}

// ---- An order's life ----------------------------------------------------------------------------

void Orders::watch(const Handle& order) {
    order->deadline.expires_after(timeout_of(order->order));
    order->deadline.async_wait([this, order](boost::system::error_code error) {
        if (error || order->is_answered) return;
        // What runs is ended, and its plan says how far it had come.
        if (order->process) return processes_.end(*order->process, ProcessEnd::How::out_of_time);
        stop(order,
             order->has_begun ? "time is up between two questions"
                              : "time is up: other orders had the device, or all places, before it",
             ProcessEnd::How::out_of_time);
    });
}

void Orders::begin(const Handle& order) {
    if (const wire::AgentCall* const call = call_in(order->order))
        return begin_asking(order, *call);
    begin_notice(order, std::get<wire::FenceNotify>(order->order));
}

void Orders::begin_asking(const Handle& order, const wire::AgentCall& call) {
    if (const auto* const off = std::get_if<wire::FenceOff>(&order->order))
        order->plan = OffPlan(off->look_first);
    else if (std::holds_alternative<wire::FenceProbe>(order->order))
        order->plan = ProbePlan();
    if (!prepare(order, call)) return;
    std::visit(
        [&](auto& plan) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(plan)>, std::monostate>)
                follow(order, plan.begin(order->left()));
        },
        order->plan);
}

/// The agent and the secrets, read anew for each order. False: it is answered.
bool Orders::prepare(const Handle& order, const wire::AgentCall& call) {
    auto file = agent_file(surroundings_.agents, call.device.agent);
    tl::expected<Secrets, std::string> secrets;
    if (!call.device.secrets.empty())
        secrets = read_secrets(surroundings_.etc / "fence", call.device.secrets);
    if (std::holds_alternative<wire::FenceRehearse>(order->order)) {
        std::vector<std::string> names;
        if (secrets) {
            for (const FenceOption& pair : secrets->pairs()) names.push_back(pair.name);
        }
        auto& plan = order->plan.emplace<Rehearsal>(call, names);
        plan.note("agent", file ? Outcome::good : Outcome::bad, Duration::zero(),
                  file ? *file : file.error());
        if (!call.device.secrets.empty()) {
            plan.note("secrets", secrets ? Outcome::good : Outcome::bad, Duration::zero(),
                      secrets ? "readable by nobody else" : secrets.error());
        }
    }
    const std::string why = !file ? file.error() : !secrets ? secrets.error() : "";
    if (!why.empty()) {
        conclude(order, FenceWord::failed, why);
        return false;
    }
    order->program = *file;
    order->secrets = std::move(*secrets);
    return true;
}

void Orders::follow(const Handle& order, const Step& step) {
    if (const auto* const end = std::get_if<Conclude>(&step))
        return conclude(order, end->answer, end->why);
    if (const auto* const run = std::get_if<RunAgent>(&step)) return run_agent(order, *run);
    order->pause.expires_after(std::get<Pause>(step).length);
    order->pause.async_wait([this, order](boost::system::error_code error) {
        if (error || order->is_answered) return;
        follow(order, std::get<OffPlan>(order->plan).paused(order->left()));
    });
}

void Orders::run_agent(const Handle& order, const RunAgent& run) {
    if (run.limit <= Duration::zero() || order->left() <= Duration::zero())
        return conclude(order, FenceWord::failed, "time is up");
    const wire::AgentCall& call = *call_in(order->order);
    Launch launch{.program = order->program,
                  .environment = agent_environment(),
                  .input = agent_input(run.action, call, order->secrets.pairs()),
                  .secrets = {},
                  .limit = std::min(run.limit, order->left())};
    for (const FenceOption& secret : order->secrets.pairs()) launch.secrets.push_back(secret.value);
    for (const FenceOption& option : call.device.options) {
        if (is_secret(option.name)) launch.secrets.push_back(option.value);
    }
    if (run.action == AgentAction::metadata) launch.output_bytes_max = metadata_bytes_max / 2;
    order->process = processes_.start(std::move(launch),
                                      [this, order](const ProcessEnd& end) { heard(order, end); });
    if (std::exchange(order->has_begun, true)) return;
    answer(order, FenceWord::begun, "");
}

void Orders::begin_notice(const Handle& order, const wire::FenceNotify& notice) {
    const auto file = notified_file(notice.program);
    if (!file) return conclude(order, FenceWord::failed, file.error());
    Launch launch{.program = *file,
                  .environment = agent_environment(),
                  .input = {},
                  .secrets = {},
                  .limit = order->left()};
    for (const FenceOption& variable : notice.environment) {
        // Others would change what the program runs, LD_PRELOAD say.
        if (variable.name.rfind("INQUEST_", 0) != 0) {
            return conclude(
                order, FenceWord::failed,
                fmt::format("variable {}: only INQUEST_* are passed on: rename it", variable.name));
        }
        launch.environment.push_back(variable.name + "=" + variable.value);
    }
    order->process = processes_.start(std::move(launch),
                                      [this, order](const ProcessEnd& end) { heard(order, end); });
    order->has_begun = true;
    answer(order, FenceWord::begun, "");
}

void Orders::heard(const Handle& order, const ProcessEnd& end) {
    order->process.reset();
    if (order->is_answered) return;
    if (!order->stopped_because.empty())
        return conclude(order, FenceWord::failed, order->stopped_because);
    const Step next = std::visit(
        [&](auto& plan) -> Step {
            if constexpr (std::is_same_v<std::decay_t<decltype(plan)>, std::monostate>) {
                return Conclude{end.was_good() ? FenceWord::done : FenceWord::failed,
                                described("the program", end)};
            } else {
                return plan.heard(end, order->left());
            }
        },
        order->plan);
    follow(order, next);
}

/// Its answer comes when nothing of it runs any more.
void Orders::stop(const Handle& order, const std::string& why, ProcessEnd::How how) {
    if (order->is_answered || !order->stopped_because.empty()) return;
    order->stopped_because = why;
    if (order->process)
        processes_.end(*order->process, how);
    else
        conclude(order, FenceWord::failed, why);
}

// ---- Answers ------------------------------------------------------------------------------------

void Orders::conclude(const Handle& order, FenceWord word, const std::string& why) {
    order->is_answered = true;
    order->deadline.cancel();
    order->pause.cancel();
    answer(order, word, why);
    orders_.erase(order->ticket);
    schedule_.ended(order->ticket);
    next_turn();
}

void Orders::answer(const Handle& order, FenceWord word, const std::string& why) {
    wire::FenceAnswer said{
        .id = order->id(), .answer = word, .why = why, .took = order->took(), .steps = {}};
    if (const auto* const rehearsal = std::get_if<Rehearsal>(&order->plan))
        said.steps = rehearsal->steps();
    if (word != FenceWord::begun) log(*order, said);
    surroundings_.answer(order->owner, said);
}

void Orders::log(const Order& order, const wire::FenceAnswer& said) const {
    std::string whom;
    if (const wire::AgentCall* const call = call_in(order.order)) {
        whom = fmt::format("device={} agent={} node={}", call->device.name, call->device.agent,
                           call->node);
    } else {
        whom = fmt::format("program={}", std::get<wire::FenceNotify>(order.order).program);
    }
    std::string why = wire::presentable(said.why, wire::fence_why_bytes_max);
    std::replace(why.begin(), why.end(), '"', '\'');
    surroundings_.log(
        fmt::format("order={} asks={} {} answer={} took_ms={} why=\"{}\"", order.id().value,
                    asks(order.order), whom, word(said.answer),
                    std::chrono::duration_cast<std::chrono::milliseconds>(said.took).count(), why));
}

}  // namespace inquest::fence
