#include "heartbeat/cli/placed_address.hpp"

#include "heartbeat/config/address.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

tl::expected<PlacedAddress, std::string> parsed(const std::string& typed) {
    const auto refused = [&](const std::string& why) {
        return tl::unexpected("\"" + typed + "\" " + why);
    };
    const std::size_t equals = typed.find('=');
    if (equals == 0 || equals == std::string::npos)
        return refused("is not written as PATH=ADDRESS, such as lan-a=192.0.2.1");
    PlacedAddress placed{.path = typed.substr(0, equals), .address = typed.substr(equals + 1)};
    const std::size_t at = placed.address.find('@');
    if (at != std::string::npos) {
        placed.fate = placed.address.substr(at + 1);
        placed.address.resize(at);
        if (placed.fate.empty()) return refused("names nothing after the @");
    }
    const auto address = config::parse_address(placed.address);
    if (!address) return refused(address.error().what + ": " + address.error().remedy);
    placed.address = address->text;
    if (address->family == config::Family::slot) placed.kind = PathKind::disk;
    return placed;
}

}  // namespace

tl::expected<std::vector<PlacedAddress>, std::string> parse_addresses(
    const std::vector<std::string>& typed) {
    std::vector<PlacedAddress> all;
    for (const std::string& one : typed) {
        auto placed = parsed(one);
        if (!placed) return tl::unexpected(placed.error());
        const bool twice = std::any_of(all.begin(), all.end(), [&](const PlacedAddress& other) {
            return other.path == placed->path;
        });
        if (twice) return tl::unexpected("the path " + placed->path + " has two addresses");
        all.push_back(std::move(*placed));
    }
    return all;
}

tl::expected<std::vector<PlacedDevice>, std::string> parse_devices(
    const std::vector<std::string>& typed) {
    std::vector<PlacedDevice> all;
    for (const std::string& one : typed) {
        const std::size_t equals = one.find('=');
        if (equals == 0 || equals == std::string::npos || one.substr(equals + 1, 1) != "/")
            return tl::unexpected("\"" + one +
                                  "\" is not written as PATH=DEVICE, such as san=/dev/sdb");
        PlacedDevice placed{one.substr(0, equals), one.substr(equals + 1)};
        const bool twice = std::any_of(all.begin(), all.end(), [&](const PlacedDevice& other) {
            return other.path == placed.path;
        });
        if (twice) return tl::unexpected("the path " + placed.path + " has two devices");
        all.push_back(std::move(placed));
    }
    return all;
}

}  // namespace inquest::cli
