// Any text on the control socket: a request that reads the same when written again, or a complaint
// that can be sent back; and any text as the answer that `inquest` reads.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/local.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace inquest::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto request = parse_request(text)) {
        const auto again = parse_request(to_text(*request));
        INQUEST_ASSERT(again.has_value() && *again == *request);
    } else {
        const ErrorReply reply{request.error(), Exit::usage};
        INQUEST_ASSERT(parse_error_reply(to_text(reply)).has_value());
    }
    if (const auto reply = parse_error_reply(text)) {
        INQUEST_ASSERT(parse_error_reply(to_text(*reply)) == reply);
    }
    return 0;
}
