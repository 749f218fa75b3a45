#include "heartbeat/wire/keys.hpp"

#include "heartbeat/base/assert.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>
#include <stdexcept>

namespace inquest::wire {

namespace {

const unsigned char* raw(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}

}  // namespace

void Keyring::Wipe::operator()(Keys* keys) const { sodium_free(keys); }

Keyring::Keyring(ClusterTag cluster) : cluster_(cluster) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
    void* const memory = sodium_malloc(sizeof(Keys));
    if (memory == nullptr) throw std::bad_alloc();
    keys_.reset(::new (memory) Keys{});
}

Keyring::Added Keyring::add(KeyId id, std::span<const std::byte, key_bytes> key) {
    INQUEST_ASSERT(id.value != 0);
    if (place_of(id) != size()) return Added::id_taken;
    for (std::size_t place = 0; place < size(); ++place) {
        if (sodium_memcmp((*keys_)[place].data(), key.data(), key_bytes) == 0) {
            return Added::key_taken;
        }
    }
    if (size() == keys_max) return Added::full;
    std::copy(key.begin(), key.end(), (*keys_)[size()].begin());
    ids_.push_back(id);
    return Added::yes;
}

std::size_t Keyring::place_of(KeyId id) const {
    return static_cast<std::size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
}

std::span<const std::byte, key_bytes> Keyring::key(std::size_t place) const {
    INQUEST_ASSERT(place < size());
    return (*keys_)[place];
}

Mac Keyring::mac(std::size_t place, std::span<const std::byte> bytes) const {
    INQUEST_ASSERT(place < size());
    Mac mac;
    const int outcome =
        crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(),
                           raw(bytes.data()), bytes.size(), raw((*keys_)[place].data()), key_bytes);
    INQUEST_ASSERT(outcome == 0);
    return mac;
}

bool Keyring::authentic(std::size_t place, std::span<const std::byte> bytes,
                        std::span<const std::byte, mac_bytes> claimed) const {
    const Mac ours = mac(place, bytes);
    static_assert(mac_bytes == crypto_verify_16_BYTES);
    return crypto_verify_16(raw(ours.data()), raw(claimed.data())) == 0;
}

namespace {

constexpr std::string_view white = " \t\r";
constexpr std::string_view line_form =
    "write it as `ID KEY`: a number from 1 to 255, a space, 64 hex digits";
constexpr std::string_view make_key =
    "make a new key: `head -c32 /dev/urandom | od -An -tx1 | tr -d ' \\n'`";

/// A key on its way into a keyring; wiped when it goes.
struct KeyOnStack {
    std::array<std::byte, key_bytes> bytes{};
    ~KeyOnStack() { sodium_memzero(bytes.data(), bytes.size()); }
};

/// Takes the first word off `rest`; empty when there is none.
std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(white), rest.size()));
    const std::string_view found = rest.substr(0, rest.find_first_of(white));
    rest.remove_prefix(found.size());
    return found;
}

std::string_view without_comment(std::string_view line) { return line.substr(0, line.find('#')); }

std::optional<KeyId> parse_key_id(std::string_view digits) {
    std::uint8_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stop != end || number == 0) return std::nullopt;
    return KeyId{number};
}

std::optional<KeysProblem> parse_key(std::string_view hex, std::size_t line, KeyOnStack& key) {
    if (hex.size() != 2 * key_bytes) {
        return KeysProblem{line,
                           "the key has " + std::to_string(hex.size()) + " characters, not " +
                               std::to_string(2 * key_bytes),
                           std::string(make_key)};
    }
    std::size_t written = 0;
    const int outcome =
        sodium_hex2bin(reinterpret_cast<unsigned char*>(key.bytes.data()), key_bytes, hex.data(),
                       hex.size(), nullptr, &written, nullptr);
    if (outcome != 0 || written != key_bytes) {
        return KeysProblem{line, "the key has a character that is no hex digit",
                           "use 0-9 and a-f only"};
    }
    if (sodium_is_zero(reinterpret_cast<const unsigned char*>(key.bytes.data()), key_bytes) != 0) {
        return KeysProblem{line, "the key is all zeros, which everybody can guess",
                           std::string(make_key)};
    }
    return std::nullopt;
}

std::optional<KeysProblem> complaint(Keyring::Added added, KeyId id, std::size_t line) {
    switch (added) {
        case Keyring::Added::yes: return std::nullopt;
        case Keyring::Added::full:
            return KeysProblem{line, "more than " + std::to_string(keys_max) + " keys",
                               "drop the keys that no node signs with any more"};
        case Keyring::Added::id_taken:
            return KeysProblem{line, "key id " + std::to_string(id.value) + " stands here twice",
                               "give each key an id of its own"};
        case Keyring::Added::key_taken:
            return KeysProblem{line, "this key stands here already under another id",
                               std::string(make_key)};
    }
    return std::nullopt;
}

/// Adds the key of one line; a line without one adds nothing.
std::optional<KeysProblem> parse_line(std::string_view text, std::size_t line, Keyring& keyring) {
    std::string_view rest = without_comment(text);
    const std::string_view digits = next_word(rest);
    if (digits.empty()) return std::nullopt;
    const std::optional<KeyId> id = parse_key_id(digits);
    if (!id) {
        return KeysProblem{line, "the line does not begin with a key id from 1 to 255",
                           std::string(line_form)};
    }
    const std::string_view hex = next_word(rest);
    if (hex.empty()) {
        return KeysProblem{line, "no key follows the key id", std::string(line_form)};
    }
    if (!next_word(rest).empty()) {
        return KeysProblem{line, "something follows the key", std::string(line_form)};
    }
    KeyOnStack key;
    if (auto problem = parse_key(hex, line, key)) return problem;
    return complaint(keyring.add(*id, key.bytes), *id, line);
}

}  // namespace

tl::expected<Keyring, KeysProblem> parse_keys(std::string_view text, ClusterTag cluster) {
    Keyring keyring(cluster);
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (auto problem = parse_line(text.substr(0, end), line, keyring)) {
            return tl::unexpected(*std::move(problem));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (keyring.size() == 0) {
        return tl::unexpected(KeysProblem{
            0, "no key in it",
            "add one: `printf '1 %s\\n' \"$(head -c32 /dev/urandom | od -An -tx1 | tr -d "
            "' \\n')\"`, and copy the file to every node"});
    }
    return keyring;
}

void wipe(std::string& text) {
    text.resize(text.capacity());
    sodium_memzero(text.data(), text.size());
    text.clear();
}

}  // namespace inquest::wire
