// Any message on the line between a daemon and its keeper: an order, news, a testament, or none of
// them; of one sort alone, and of exactly one form. A keeper that has taken a testament says only
// what has a form on the wire.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/keeper.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/testament.hpp"
#include "heartbeat/wire/watchdog_line.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace {

using namespace inquest;
using namespace std::chrono_literals;

void one_form(const wire::Bytes& again, std::span<const std::byte> bytes) {
    INQUEST_ASSERT(std::ranges::equal(again, bytes));
}

/// A longer interval than any configuration allows overflows the schedule.
void speak_for(const Will& will) {
    if (will.beat_interval > beat_interval_max) return;
    Keeper keeper;
    keeper.daemon_speaks(will);
    keeper.daemon_died(at(1s));
    Actions actions;
    for (const Instant now : {at(1s), at(1s + will.beat_interval / 2)}) {
        keeper.step(now, actions);
        for (const Action& action : actions)
            INQUEST_ASSERT(wire::sound(std::get<SendBeat>(action).beat));
        actions.clear();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    const auto order = wire::decode_watchdog_order(bytes);
    const auto news = wire::decode_watchdog_news(bytes);
    const auto testament = wire::decode_testament(bytes);
    const bool last_word = size == 1 && bytes[0] == wire::last_word;
    INQUEST_ASSERT(order.has_value() + news.has_value() + testament.has_value() + last_word <= 1);
    if (order) one_form(wire::encode(*order), bytes);
    if (news) one_form(wire::encode(*news), bytes);
    if (testament) one_form(wire::encode(*testament), bytes);
    if (testament && *testament) speak_for((*testament)->will);
    return 0;
}
