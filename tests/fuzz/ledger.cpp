// Any body of a ledger's message is answered, and whatever is accepted has exactly one form.
//
// Each input is tried as both sorts of message; no body is good as both.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/ledger_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace {

using namespace inquest::wire;
using inquest::MemberId;

bool accepted(std::span<const std::byte> body, LedgerSort sort) {
    const auto message = decode(body, {MemberId{1}, MemberId{2}, sort});
    if (!message) return false;
    INQUEST_ASSERT(sound(*message));
    INQUEST_ASSERT(sort_of(*message) == sort);
    INQUEST_ASSERT(body_bytes(*message) == body.size());
    std::vector<std::byte> again(body.size());
    INQUEST_ASSERT(encode(*message, again) == body.size());
    INQUEST_ASSERT(std::ranges::equal(again, body));
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> body = std::as_bytes(std::span(data, size));
    const bool as_ordinary = accepted(body, LedgerSort::ordinary);
    const bool as_chunk = accepted(body, LedgerSort::chunk);
    INQUEST_ASSERT(!(as_ordinary && as_chunk));
    return 0;
}
