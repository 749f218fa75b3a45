// Room on the disk that is held so that a full disk is noticed while writes still succeed: a file
// of blocks that nobody needs. Given up, it lets the last transactions through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace inquest::store {

enum class Space : std::uint8_t {
    enough,
    low,  ///< less than the reserve is free, or it is given up: tell a person
};

constexpr std::string_view word(Space space) { return space == Space::low ? "low" : "enough"; }

class Reserve {
 public:
    /// Takes the room where there is twice as much. 0: holds none, and there is always enough.
    Reserve(std::filesystem::path file, std::size_t bytes);

    /// Looks at the disk, and takes the room again where it was given up and there is enough.
    Space look();
    /// As of the last look.
    Space space() const { return space_; }
    enum class Given : std::uint8_t { room, nothing };
    Given give_up();

 private:
    void take();

    std::filesystem::path file_;
    std::size_t bytes_;
    bool held_ = false;
    Space space_ = Space::enough;
};

}  // namespace inquest::store
