// What `inquest config check` and `inquest-fenced check` say to each other.
#include "heartbeat/wire/fence_check.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace inquest::wire {
namespace {

using namespace std::chrono_literals;

std::vector<CheckedDevice> devices() {
    CheckedDevice pdu{.device = {"pdu", "fence_apc", {{"ip", "192.0.2.8"}}, "pdu"},
                      .proves = FenceProof::power,
                      .nodes = {"n1", "n2"},
                      .plugs = {{"n1", "7"}, {"n2", "8"}},
                      .timeout = 30s};
    CheckedDevice disks{.device = {"disks", "fence_scsi", {}, ""}, .proves = FenceProof::storage};
    return {pdu, disks};
}

std::vector<DeviceComplaint> complaints() {
    return {{"pdu", "passwd", DeviceComplaint::Severity::warning, "old", "deprecated", "rename it"},
            {"disks", "", DeviceComplaint::Severity::error, "no agent", "not found", "install"}};
}

TEST_CASE("devices to be checked, and what is wrong with them, come through whole") {
    const auto read = parse_checked_devices(to_text(devices()));
    REQUIRE_MESSAGE(read.has_value(), read.error());
    CHECK(*read == devices());
    const auto told = parse_device_complaints(to_text(complaints()));
    REQUIRE_MESSAGE(told.has_value(), told.error());
    CHECK(*told == complaints());
    CHECK(parse_checked_devices(to_text(std::vector<CheckedDevice>())).has_value());
}

TEST_CASE("more devices than a cluster may have are refused") {
    const std::vector<CheckedDevice> most(fence_devices_max, devices()[0]);
    CHECK(parse_checked_devices(to_text(most)).has_value());
    const std::vector<CheckedDevice> more(fence_devices_max + 1, devices()[0]);
    CHECK_FALSE(parse_checked_devices(to_text(more)).has_value());
}

TEST_CASE("what is no list of devices is refused") {
    const std::string sound = to_text(devices());
    const auto with = [&](const std::string& old, const std::string& fresh) {
        const std::size_t at = sound.find(old);
        REQUIRE(at != std::string::npos);
        return std::string(sound).replace(at, old.size(), fresh);
    };
    struct Row {
        const char* why;
        std::string text;
        const char* named;
    };
    const Row rows[] = {
        {"nothing", "", "no object"},
        {"one device alone", R"({"device":{}})", "`devices`"},
        {"an unknown proof", with(R"("power")", R"("prayer")"), "entry 1"},
        {"an unknown field", with(R"("proves")", R"("force":1,"proves")"), "entry 1"},
        {"a plug with a line break", with(R"("7")", R"("7\n8")"), "`plugs`"},
        {"a node without a name", with(R"(["n1",)", R"(["",)"), "`nodes`"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto read = parse_checked_devices(row.text);
        REQUIRE_FALSE(read.has_value());
        CHECK_MESSAGE(read.error().find(row.named) != std::string::npos, read.error());
    }
}

}  // namespace
}  // namespace inquest::wire
