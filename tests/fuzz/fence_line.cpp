// Any text on the line between inquestd and inquest-fenced, and any that its check is given: what
// is understood reads the same when written again.
#include "heartbeat/wire/fence_line.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/fence_check.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

template <typename Value>
void reads_the_same(const Value& value,
                    tl::expected<Value, std::string> (*parse)(std::string_view)) {
    const auto again = parse(inquest::wire::to_text(value));
    INQUEST_ASSERT(again.has_value() && *again == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace inquest::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto order = parse_fence_order(text)) reads_the_same(*order, parse_fence_order);
    if (const auto answer = parse_fence_answer(text)) reads_the_same(*answer, parse_fence_answer);
    if (const auto devices = parse_checked_devices(text))
        reads_the_same(*devices, parse_checked_devices);
    if (const auto complaints = parse_device_complaints(text))
        reads_the_same(*complaints, parse_device_complaints);

    // Whatever an agent says, its answer can be read.
    const FenceAnswer said{.id = FenceOrderId(1), .why = std::string(text)};
    const auto heard = parse_fence_answer(to_text(said));
    INQUEST_ASSERT(heard.has_value() && heard->why.size() <= fence_why_bytes_max);
    return 0;
}
