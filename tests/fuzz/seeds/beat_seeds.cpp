// Writes the first inputs of fuzz_beat: `beat_seeds FOLDER`. Run it again when the format changes.
#include "heartbeat/wire/beat_codec.hpp"
#include "tests/fuzz/fuzz_keyring.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

namespace {

using namespace inquest;

Beat plain_beat(std::size_t members, std::uint8_t paths) {
    Beat beat;
    beat.sender = MemberId{1};
    beat.incarnation = Incarnation{1};
    beat.session = Session{1};
    beat.sequence = Sequence{1};
    beat.paths = paths;
    beat.row.resize(members - 1);
    for (std::size_t i = 0; i < beat.row.size(); ++i) {
        beat.row[i].peer = MemberId{static_cast<std::uint16_t>(i + 2)};
        beat.row[i].cells.resize(paths);
    }
    return beat;
}

/// Something of everything that a row can say.
Beat varied_beat() {
    Beat beat = plain_beat(5, 3);
    beat.via = MemberId{2};
    beat.path = PathId{2};
    beat.goodbye = true;
    beat.stalled = true;
    beat.row[0].incarnation = Incarnation{9};
    beat.row[0].age_ms = 20;
    beat.row[0].echo = Echo{7, 1000};
    beat.row[1].relayed = true;
    beat.row[2].left = true;
    for (int state = 0; state < path_states; ++state) {
        if (state == static_cast<int>(PathState::blind)) continue;
        const std::size_t place = static_cast<std::size_t>(state);
        beat.row[place % 4].cells[place % 3] = {static_cast<PathState>(state), BlindReason::none};
    }
    beat.row[3].cells[2] = off_cell;
    return beat;
}

bool write(const std::filesystem::path& file, std::span<const std::byte> bytes) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    return out.good();
}

/// The beat, and the first half of it.
bool write_seed(const std::filesystem::path& file, const Beat& beat) {
    static const wire::Keyring keyring = fuzz_keyring();
    std::vector<std::byte> bytes(wire::beat_bytes_max);
    bytes.resize(wire::encode(beat, keyring, bytes));
    const std::span<const std::byte> half(bytes.data(), bytes.size() / 2);
    return write(file, bytes) && write(file.string() + "_cut", half);
}

bool write_all(const std::filesystem::path& folder) {
    return write_seed(folder / "alone", plain_beat(1, 1)) &&
           write_seed(folder / "two_members", plain_beat(2, 2)) &&
           write_seed(folder / "four_members_three_paths", plain_beat(4, 3)) &&
           write_seed(folder / "varied", varied_beat());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: beat_seeds FOLDER\n");
        return 2;
    }
    if (!write_all(argv[1])) {
        std::fprintf(stderr, "beat_seeds: %s: cannot write there: give a folder that exists\n",
                     argv[1]);
        return 1;
    }
    return 0;
}
