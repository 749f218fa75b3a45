// Beats to test the wire with: a keyring, the beat of a small cluster, and random sound beats.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/wire/beat_codec.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace inquest::wire {

using Bytes = std::vector<std::byte>;

struct TestKey {
    std::uint8_t id;
    std::uint8_t fill;
};

inline constexpr TestKey plain_key{1, 0x11};

/// A keyring whose keys consist of one repeated byte each; the first one signs.
inline Keyring test_keyring(std::initializer_list<TestKey> keys = {plain_key},
                            std::string_view cluster = "lab") {
    Keyring keyring(cluster_tag(cluster));
    for (const TestKey& key : keys) {
        std::array<std::byte, key_bytes> bytes;
        bytes.fill(std::byte{key.fill});
        REQUIRE(keyring.add(KeyId{key.id}, bytes) == Keyring::Added::yes);
    }
    return keyring;
}

inline Bytes encoded(const Beat& beat, const Keyring& keyring) {
    Bytes bytes(beat_bytes_max);
    bytes.resize(encode(beat, keyring, bytes));
    return bytes;
}

/// The answer of decode() where only the refusal counts; `sound` where there is none.
inline std::string_view verdict_on(std::span<const std::byte> bytes, const Keyring& keyring) {
    Beat beat;
    const auto outcome = decode(bytes, keyring, beat);
    return outcome ? std::string_view("sound") : word(outcome.error());
}

/// Signs bytes that somebody has changed: only the content is then left to judge.
inline void sign_again(Bytes& bytes, const Keyring& keyring) {
    REQUIRE(bytes.size() >= mac_bytes);
    const std::span<const std::byte> body(bytes.data(), bytes.size() - mac_bytes);
    const Mac mac = keyring.mac(0, body);
    std::copy(mac.begin(), mac.end(), bytes.end() - mac_bytes);
}

/// Member 1 speaks, a voter of at most three, all others are heard freshly on all paths.
/// Pre: 1..members_max, 1..paths_max.
inline Beat calm_beat(std::size_t members, std::uint8_t paths) {
    Beat beat;
    beat.sender = MemberId{1};
    beat.incarnation = Incarnation{4};
    beat.session = Session{2};
    beat.sequence = Sequence{1000};
    beat.boot_tag = 0xb007b007;
    beat.config_hash = 0xc0ff1600;
    beat.paths = paths;
    for (std::uint16_t id = 1; id <= std::min<std::size_t>(members, 3); ++id)
        beat.electorate.push_back(MemberId{id});
    beat.row.resize(members - 1);
    for (std::size_t i = 0; i < beat.row.size(); ++i) {
        PeerRow& row = beat.row[i];
        row.peer = MemberId{static_cast<std::uint16_t>(i + 2)};
        row.incarnation = Incarnation{7};
        row.age_ms = 50;
        row.echo = Echo{999, 1'000'000};
        row.grant = Grant{Session{3}, Sequence{998}};
        row.cells.resize(paths);
        for (Cell& cell : row.cells) cell = {PathState::fresh, BlindReason::none};
    }
    return beat;
}

/// Any beat that the format can carry, a function of the generator's state alone.
class BeatMaker {
 public:
    explicit BeatMaker(std::uint64_t seed) : random_(seed) {}

    Beat next() {
        Beat beat;
        beat.paths = static_cast<std::uint8_t>(1 + number(paths_max));
        beat.path = PathId{static_cast<std::uint8_t>(number(beat.paths))};
        beat.sender = any_member();
        beat.via = number(2) == 0 ? nobody : other_than(beat.sender);
        beat.incarnation = Incarnation{not_zero()};
        beat.session = Session{not_zero()};
        beat.sequence = Sequence{random_.next()};
        beat.boot_tag = static_cast<std::uint32_t>(random_.next());
        beat.config_hash = static_cast<std::uint32_t>(random_.next());
        beat.goodbye = coin();
        beat.stalled = coin();
        if (coin()) name_voters(beat);
        beat.restarting = !beat.goodbye && beat.electorate.empty() && coin();
        const std::size_t rows = number(members_max);
        while (beat.row.size() < rows) add_row(beat);
        return beat;
    }

 private:
    std::uint64_t number(std::uint64_t limit) { return random_.next() % limit; }
    bool coin() { return number(2) == 0; }
    std::uint32_t not_zero() { return static_cast<std::uint32_t>(1 + number(0xffffffff)); }

    /// Small ids half of the time, so that both ways to find a peer twice are walked.
    MemberId any_member() {
        return MemberId{static_cast<std::uint16_t>(1 + number(coin() ? 64 : 0xffff))};
    }

    MemberId other_than(MemberId member) {
        MemberId other = any_member();
        while (other == member) other = any_member();
        return other;
    }

    Cell any_cell() {
        const auto state = static_cast<PathState>(number(path_states));
        if (state != PathState::blind) return {state, BlindReason::none};
        return {state, static_cast<BlindReason>(1 + number(blind_reasons - 1))};
    }

    void name_voters(Beat& beat) {
        std::set<MemberId> voters{beat.sender};
        const std::size_t wanted = 1 + number(voters_max);
        while (voters.size() < wanted) voters.insert(any_member());
        for (const MemberId voter : voters) beat.electorate.push_back(voter);
    }

    void add_row(Beat& beat) {
        PeerRow row;
        row.peer = other_than(beat.sender);
        for (const PeerRow& before : beat.row) {
            if (before.peer == row.peer) return;
        }
        row.incarnation = Incarnation{static_cast<std::uint32_t>(random_.next())};
        row.age_ms = static_cast<std::uint16_t>(random_.next());
        row.relayed = coin();
        row.left = coin();
        if (coin()) {
            row.echo = Echo{static_cast<std::uint16_t>(random_.next()),
                            static_cast<std::uint32_t>(random_.next())};
        }
        if (!beat.electorate.empty() && row.incarnation != Incarnation{} && coin())
            row.grant = Grant{Session{not_zero()}, Sequence{random_.next()}};
        for (int i = 0; i < beat.paths; ++i) row.cells.push_back(any_cell());
        beat.row.push_back(row);
    }

    Random random_;
};

}  // namespace inquest::wire
