#include "heartbeat/wire/beat_codec.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/little_endian.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace inquest::wire {

namespace {

constexpr std::array magic{std::byte{'I'}, std::byte{'N'}, std::byte{'Q'}};

/// Offsets of the header and of a row, as the table in beat_codec.hpp has them.
namespace header {
constexpr std::size_t version = 3, cluster = 4, key = 8, flags = 9, path_and_paths = 10, rows = 11,
                      sender = 12, via = 14, boot_tag = 16, config_hash = 20, incarnation = 24,
                      session = 28, sequence = 32, electorate = 40,
                      end = electorate + 2 * voters_max;
static_assert(end == beat_header_bytes);
}  // namespace header
namespace row {
constexpr std::size_t peer = 0, incarnation = 2, age = 6, flags = 8, echo_sequence = 9,
                      echo_held = 11, grant_session = 15, grant_sequence = 19, cells = 27;
static_assert(cells == beat_row_bytes);
}  // namespace row

constexpr std::uint8_t goodbye_flag = 1, stalled_flag = 2, restarting_flag = 4, beat_flags = 7;
constexpr std::uint8_t relayed_flag = 1, left_flag = 2, echo_flag = 4, grant_flag = 8,
                       row_flags = 15;

static_assert(members_max - 1 <= 0xff && paths_max <= 16, "the counts have their room");
static_assert(path_states <= 8 && blind_reasons <= 8, "a cell byte stays below 64");

constexpr std::uint8_t cell_byte(Cell cell) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(cell.state) |
                                     static_cast<unsigned>(cell.reason) << 3);
}

constexpr bool sound(Cell cell) {
    const auto state = static_cast<int>(cell.state);
    const auto reason = static_cast<int>(cell.reason);
    const bool reason_expected = cell.state == PathState::blind;
    return state < path_states && reason < blind_reasons &&
           (cell.reason != BlindReason::none) == reason_expected;
}

/// What a cell's byte means. A table, because a beat's cells are most of the work of reading it.
struct alignas(4) CellMeaning {
    Cell cell;
    bool sound = false;
};

constexpr std::array<CellMeaning, 256> cell_meanings() {
    std::array<CellMeaning, 256> meanings;
    for (unsigned byte = 0; byte < meanings.size(); ++byte) {
        const Cell cell{static_cast<PathState>(byte & 7), static_cast<BlindReason>(byte >> 3)};
        meanings[byte] = {cell, sound(cell)};
    }
    return meanings;
}

/// The peers of a beat so far; says quickly that one is new, since ids mostly differ in their low
/// bits.
class PeersSeen {
 public:
    /// Is the peer of the row at `place` among those before it?
    bool again(const PeerRow* rows, std::size_t place) {
        const MemberId peer = rows[place].peer;
        const std::uint64_t bit = std::uint64_t{1} << (peer.value & 63);
        const bool perhaps = (low_bits_ & bit) != 0;
        low_bits_ |= bit;
        return perhaps && std::any_of(rows, rows + place, [peer](const PeerRow& before) {
                   return before.peer == peer;
               });
    }

 private:
    std::uint64_t low_bits_ = 0;
};

/// Who grants says among whom, and to whom it was that it has heard.
bool sound_grant(const PeerRow& peer_row, const Beat& beat) {
    if (!peer_row.grant) return true;
    return !beat.electorate.empty() && peer_row.incarnation != Incarnation{} &&
           peer_row.grant->session != Session{};
}

bool sound(const PeerRow& peer_row, const Beat& beat) {
    return peer_row.peer != nobody && peer_row.peer != beat.sender &&
           peer_row.cells.size() == beat.paths && sound_grant(peer_row, beat) &&
           std::all_of(peer_row.cells.begin(), peer_row.cells.end(),
                       [](Cell cell) { return sound(cell); });
}

bool sound_electorate(const Beat& beat) {
    const Electorate& voters = beat.electorate;
    if (voters.empty()) return true;
    const bool ascending =
        std::adjacent_find(voters.begin(), voters.end(), std::greater_equal<>{}) == voters.end();
    return voters[0] != nobody && ascending &&
           std::find(voters.begin(), voters.end(), beat.sender) != voters.end();
}

bool sound_header(const Beat& beat) {
    const bool sound_keeper = !beat.restarting || (!beat.goodbye && beat.electorate.empty());
    return sound_electorate(beat) && sound_keeper && beat.sender != nobody &&
           beat.via != beat.sender && beat.path.value < beat.paths && beat.paths <= paths_max &&
           beat.incarnation.value != 0 && beat.session.value != 0;
}

}  // namespace

bool sound(const Beat& beat) {
    if (!sound_header(beat)) return false;
    PeersSeen seen;
    for (std::size_t i = 0; i < beat.row.size(); ++i) {
        if (!sound(beat.row[i], beat) || seen.again(beat.row.begin(), i)) return false;
    }
    return true;
}

namespace {

void write_header(const Beat& beat, const Keyring& keyring, std::byte* to) {
    const unsigned path_and_paths = beat.path.value | (beat.paths - 1U) << 4;
    const unsigned flags = (beat.goodbye ? goodbye_flag : 0U) | (beat.stalled ? stalled_flag : 0U) |
                           (beat.restarting ? restarting_flag : 0U);
    std::copy(magic.begin(), magic.end(), to);
    store_little_endian(to + header::version, beat_version);
    store_little_endian(to + header::cluster, keyring.cluster().value);
    store_little_endian(to + header::key, keyring.signing().value);
    store_little_endian(to + header::flags, static_cast<std::uint8_t>(flags));
    store_little_endian(to + header::path_and_paths, static_cast<std::uint8_t>(path_and_paths));
    store_little_endian(to + header::rows, static_cast<std::uint8_t>(beat.row.size()));
    store_little_endian(to + header::sender, beat.sender.value);
    store_little_endian(to + header::via, beat.via.value);
    store_little_endian(to + header::boot_tag, beat.boot_tag);
    store_little_endian(to + header::config_hash, beat.config_hash);
    store_little_endian(to + header::incarnation, beat.incarnation.value);
    store_little_endian(to + header::session, beat.session.value);
    store_little_endian(to + header::sequence, beat.sequence.value);
    for (std::size_t i = 0; i < voters_max; ++i) {
        const MemberId voter = i < beat.electorate.size() ? beat.electorate[i] : nobody;
        store_little_endian(to + header::electorate + 2 * i, voter.value);
    }
}

void write_row(const PeerRow& peer_row, std::byte* to) {
    const Echo echo = peer_row.echo.value_or(Echo{});
    const Grant grant = peer_row.grant.value_or(Grant{});
    const unsigned flags = (peer_row.relayed ? relayed_flag : 0U) |
                           (peer_row.left ? left_flag : 0U) | (peer_row.echo ? echo_flag : 0U) |
                           (peer_row.grant ? grant_flag : 0U);
    store_little_endian(to + row::peer, peer_row.peer.value);
    store_little_endian(to + row::incarnation, peer_row.incarnation.value);
    store_little_endian(to + row::age, peer_row.age_ms);
    store_little_endian(to + row::flags, static_cast<std::uint8_t>(flags));
    store_little_endian(to + row::echo_sequence, echo.sequence_low);
    store_little_endian(to + row::echo_held, echo.held_ns);
    store_little_endian(to + row::grant_session, grant.session.value);
    store_little_endian(to + row::grant_sequence, grant.sequence.value);
    std::byte* cell_to = to + row::cells;
    for (const Cell cell : peer_row.cells) *cell_to++ = std::byte{cell_byte(cell)};
}

}  // namespace

std::size_t encode(const Beat& beat, const Keyring& keyring, std::span<std::byte> to) {
    const std::size_t length = beat_bytes(beat.row.size(), beat.paths);
    INQUEST_ASSERT(sound(beat));
    INQUEST_ASSERT(to.size() >= length);
    write_header(beat, keyring, to.data());
    std::byte* row_to = to.data() + beat_header_bytes;
    for (const PeerRow& peer_row : beat.row) {
        write_row(peer_row, row_to);
        row_to += beat_row_bytes + beat.paths;
    }
    const std::size_t signed_bytes = length - mac_bytes;
    const Mac mac = keyring.mac(0, to.first(signed_bytes));
    std::copy(mac.begin(), mac.end(), to.data() + signed_bytes);
    return length;
}

namespace {

/// The part of the header that is read before anything is authenticated.
struct Envelope {
    std::size_t key_place = 0;
    std::size_t rows = 0;
    std::size_t paths = 0;  ///< 1..paths_max, by its form
    Signature signature;
};

/// Everything that can be refused without looking at what the beat says.
tl::expected<Envelope, Refusal> authenticated(std::span<const std::byte> datagram,
                                              const Keyring& keyring) {
    const std::byte* const from = datagram.data();
    const std::size_t magic_seen = std::min(datagram.size(), magic.size());
    if (!std::equal(from, from + magic_seen, magic.begin())) return tl::unexpected(Refusal::magic);
    if (datagram.size() <= header::version) return tl::unexpected(Refusal::truncated);
    if (load_u8(from + header::version) != beat_version) return tl::unexpected(Refusal::version);
    if (datagram.size() < beat_bytes(0, 1)) return tl::unexpected(Refusal::truncated);
    if (load_u32(from + header::cluster) != keyring.cluster().value) {
        return tl::unexpected(Refusal::other_cluster);
    }

    Envelope envelope;
    envelope.signature.id = KeyId{load_u8(from + header::key)};
    envelope.key_place = keyring.place_of(envelope.signature.id);
    if (envelope.key_place == keyring.size()) return tl::unexpected(Refusal::key);
    if (envelope.key_place != 0) envelope.signature.key = Signature::Key::retired;

    envelope.rows = load_u8(from + header::rows);
    envelope.paths = (load_u8(from + header::path_and_paths) >> 4) + 1U;
    const std::size_t length = beat_bytes(envelope.rows, envelope.paths);
    if (datagram.size() < length) return tl::unexpected(Refusal::truncated);
    if (datagram.size() > length) return tl::unexpected(Refusal::malformed);

    const std::size_t signed_bytes = length - mac_bytes;
    const std::span<const std::byte, mac_bytes> claimed = datagram.last<mac_bytes>();
    if (!keyring.authentic(envelope.key_place, datagram.first(signed_bytes), claimed)) {
        return tl::unexpected(Refusal::mac);
    }
    return envelope;
}

/// False where a place behind the last voter is not empty.
bool read_electorate(const std::byte* from, Electorate& voters) {
    voters.clear();
    bool over = false;
    for (std::size_t i = 0; i < voters_max; ++i) {
        const MemberId voter{load_u16(from + 2 * i)};
        if (voter == nobody) {
            over = true;
        } else if (over) {
            return false;
        } else {
            voters.push_back(voter);
        }
    }
    return true;
}

/// False where the header says what no beat says.
bool read_header(const std::byte* from, const Envelope& envelope, Beat& beat) {
    const std::uint8_t flags = load_u8(from + header::flags);
    beat.sender = MemberId{load_u16(from + header::sender)};
    beat.via = MemberId{load_u16(from + header::via)};
    beat.path = PathId{static_cast<std::uint8_t>(load_u8(from + header::path_and_paths) & 15)};
    beat.incarnation = Incarnation{load_u32(from + header::incarnation)};
    beat.session = Session{load_u32(from + header::session)};
    beat.sequence = Sequence{load_u64(from + header::sequence)};
    beat.boot_tag = load_u32(from + header::boot_tag);
    beat.config_hash = load_u32(from + header::config_hash);
    beat.goodbye = (flags & goodbye_flag) != 0;
    beat.stalled = (flags & stalled_flag) != 0;
    beat.restarting = (flags & restarting_flag) != 0;
    beat.paths = static_cast<std::uint8_t>(envelope.paths);
    return (flags & ~beat_flags) == 0 && envelope.rows <= beat.row.capacity() &&
           read_electorate(from + header::electorate, beat.electorate) && sound_header(beat);
}

/// False where a cell's byte is none. Unrolled, since the loop would cost as much as its body.
bool read_cells(const std::byte* from, std::size_t paths, PeerRow& peer_row) {
    static constexpr std::array<CellMeaning, 256> meanings = cell_meanings();
    peer_row.cells.resize(paths);
    Cell* const cells = peer_row.cells.begin();
    bool every_sound = true;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < paths; ++i) {
        const CellMeaning meaning = meanings[load_u8(from + i)];
        every_sound &= meaning.sound;
        cells[i] = meaning.cell;
    }
    return every_sound;
}

/// False where the row says what no row says.
bool read_row(const std::byte* from, const Beat& beat, PeerRow& peer_row) {
    const std::uint8_t flags = load_u8(from + row::flags);
    const Echo echo{load_u16(from + row::echo_sequence), load_u32(from + row::echo_held)};
    const Grant grant{Session{load_u32(from + row::grant_session)},
                      Sequence{load_u64(from + row::grant_sequence)}};
    const bool has_echo = (flags & echo_flag) != 0;
    const bool has_grant = (flags & grant_flag) != 0;
    peer_row.peer = MemberId{load_u16(from + row::peer)};
    peer_row.incarnation = Incarnation{load_u32(from + row::incarnation)};
    peer_row.age_ms = load_u16(from + row::age);
    peer_row.relayed = (flags & relayed_flag) != 0;
    peer_row.left = (flags & left_flag) != 0;
    peer_row.echo.reset();
    if (has_echo) peer_row.echo = echo;
    peer_row.grant.reset();
    if (has_grant) peer_row.grant = grant;
    return (flags & ~row_flags) == 0 && (has_echo || echo == Echo{}) &&
           (has_grant || grant == Grant{}) && sound_grant(peer_row, beat) &&
           peer_row.peer != nobody && peer_row.peer != beat.sender &&
           read_cells(from + row::cells, beat.paths, peer_row);
}

bool read_rows(const std::byte* from, const Envelope& envelope, Beat& beat) {
    beat.row.resize(envelope.rows);
    PeersSeen seen;
    PeerRow* const rows = beat.row.begin();
    for (std::size_t i = 0; i < envelope.rows; ++i) {
        if (!read_row(from, beat, rows[i]) || seen.again(rows, i)) return false;
        from += beat_row_bytes + envelope.paths;
    }
    return true;
}

}  // namespace

tl::expected<Signature, Refusal> decode(std::span<const std::byte> datagram, const Keyring& keyring,
                                        Beat& beat) {
    const tl::expected<Envelope, Refusal> envelope = authenticated(datagram, keyring);
    if (!envelope) return tl::unexpected(envelope.error());
    const bool well_formed = read_header(datagram.data(), *envelope, beat) &&
                             read_rows(datagram.data() + beat_header_bytes, *envelope, beat);
    if (!well_formed) return tl::unexpected(Refusal::malformed);
    return envelope->signature;
}

}  // namespace inquest::wire
