// Which order may begin, and which must make way. Pure.
//
// A device is asked one thing at a time: many a BMC or PDU has one session only. A power-off makes
// way for nothing but an earlier power-off of the same device; whatever else runs on its device is
// ended for it, and where there is no place left, something that only asks is ended. Notices to
// people have places of their own, so that no alert waits for a device and no device for an alert.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inquest::fence {

inline constexpr std::size_t orders_max = 128;  ///< running and waiting
inline constexpr std::size_t agents_max = 16;   ///< at once
inline constexpr std::size_t notices_max = 4;   ///< at once

class Schedule {
 public:
    enum class Kind : std::uint8_t { off, question, notice };
    using Ticket = std::uint64_t;

    /// False: there are too many.
    [[nodiscard]] bool add(Ticket ticket, Kind kind, std::string device);
    /// Nothing of it runs any more, or ever will.
    void ended(Ticket ticket);

    struct Turn {
        std::vector<Ticket> begin;
        std::vector<Ticket> end;  ///< each is told once
    };
    Turn turn();

 private:
    struct Entry {
        Ticket ticket = 0;
        Kind kind = Kind::off;
        std::string device;
        enum class State : std::uint8_t { waiting, running, ending } state = State::waiting;
    };

    bool may_begin(const Entry& entry);
    bool device_is_free(const Entry& entry);
    std::size_t running(Kind kind) const;
    Entry* somebody_who_asks();

    std::vector<Entry> entries_;  ///< as they came
    Turn turn_;
};

}  // namespace inquest::fence
