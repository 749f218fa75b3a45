// Ids that cannot be mixed up: each is an integer of its own type.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace inquest {

/// An integer that only compares with its own kind. `Tag` is never defined.
template <typename Integer, typename Tag>
struct Strong {
    Integer value{};

    constexpr Strong() = default;
    constexpr explicit Strong(Integer number) : value(number) {}
    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

/// A configured host, 1..65535; 0 is nobody.
using MemberId = Strong<std::uint16_t, struct MemberIdTag>;
inline constexpr MemberId nobody{};

/// A path's place in the cluster's list of paths, 0..paths_max-1.
using PathId = Strong<std::uint8_t, struct PathIdTag>;

/// One boot of a member, a durable counter from 1; 0 is "never heard".
using Incarnation = Strong<std::uint32_t, struct IncarnationTag>;

/// One run of the daemon within an incarnation, from 1.
using Session = Strong<std::uint32_t, struct SessionTag>;

/// A beat's number within its session: the number of its slot (see core/schedule.hpp).
using Sequence = Strong<std::uint64_t, struct SequenceTag>;

inline constexpr std::size_t members_max = 32;
inline constexpr std::size_t voters_max = 5;
inline constexpr std::size_t paths_max = 16;

}  // namespace inquest
