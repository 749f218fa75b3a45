// What a run of the daemon leaves behind about itself: when it began, when it was last seen alive,
// and how it ended, as far as it could still say so.
//
// The text is one sector, which a disk writes whole or not at all. Its lines have fixed places: the
// last sign of life and the ending are written over in place, each by itself, the ending even by a
// signal's catcher that may do nothing but pwrite(2).
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/endings/wall.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::endings {

/// How far a run got in saying its end.
enum class Word : std::uint8_t {
    running,  ///< nothing was said: it runs, or it ended without a word
    told,     ///< told to stop by `signal`, and on its way out
    left,     ///< told to stop by `signal`, said goodbye, came to its end
    died,     ///< caught the fatal `signal`
};

struct Ending {
    Word word = Word::running;
    int signal = 0;  ///< 1..64; 0 while running

    friend bool operator==(const Ending&, const Ending&) = default;
};

struct RunRecord {
    Incarnation incarnation;
    Session session;
    std::string boot_id;  ///< at most 64 bytes, printable
    Wall started{};
    Wall alive{};  ///< the last sign of life
    Ending ending;

    friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

inline constexpr std::size_t record_bytes = 512;

/// Pre: the boot id is printable and at most 64 bytes.
std::string record_text(const RunRecord& record);
/// The record in `text`, or what is wrong with it. Total.
tl::expected<RunRecord, std::string> parse_record(std::string_view text);

/// A piece of the text, and where it stands.
struct Piece {
    std::size_t place = 0;
    std::string text;
};
Piece alive_piece(Wall alive);
Piece ending_piece(const Ending& ending);

/// `SIGTERM`, or `signal 37`.
std::string signal_name(int signal);

}  // namespace inquest::endings
