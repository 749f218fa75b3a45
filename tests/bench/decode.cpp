// What does it cost to read a beat? The measure is a loop that copies the same bytes and checks
// their MAC, which no decoder can avoid; both run in turn in one process, and what counts is the
// ratio of the fastest repetition of each, since everything else is the machine's noise.
// Target: at most 1.2. A slow machine is no error; a beat that is refused is one.
#include "heartbeat/wire/beat_codec.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace inquest::wire {
namespace {

struct Size {
    const char* name;
    std::size_t members;
    std::uint8_t paths;
};
constexpr Size small{"4x3", 4, 3};
constexpr Size large{"32x4", 32, 4};
constexpr std::array sizes{small, large};
constexpr double target = 1.2;

Keyring bench_keyring() {
    Keyring keyring(cluster_tag("bench"));
    std::array<std::byte, key_bytes> key;
    key.fill(std::byte{0x5a});
    if (keyring.add(KeyId{1}, key) != Keyring::Added::yes) std::abort();
    return keyring;
}

/// Mostly fresh, with some of everything else, so that no branch is always the same.
Beat bench_beat(const Size& size) {
    Beat beat;
    beat.sender = MemberId{1};
    beat.incarnation = Incarnation{3};
    beat.session = Session{1};
    beat.sequence = Sequence{123456};
    beat.paths = size.paths;
    beat.row.resize(size.members - 1);
    for (std::size_t i = 0; i < beat.row.size(); ++i) {
        PeerRow& row = beat.row[i];
        row.peer = MemberId{static_cast<std::uint16_t>(i + 2)};
        row.incarnation = Incarnation{1};
        row.age_ms = 31;
        if (i % 5 != 4) row.echo = Echo{77, 900'000};
        row.cells.resize(size.paths);
        for (Cell& cell : row.cells) cell = {PathState::fresh, BlindReason::none};
        if (i % 4 == 1) row.cells[i % size.paths] = {PathState::silent, BlindReason::none};
        if (i % 7 == 2) row.cells[i % size.paths] = {PathState::blind, BlindReason::link_down};
    }
    return beat;
}

std::vector<std::byte> bench_bytes(const Size& size, const Keyring& keyring) {
    std::vector<std::byte> bytes(beat_bytes_max);
    bytes.resize(encode(bench_beat(size), keyring, bytes));
    return bytes;
}

void time_decode(benchmark::State& state, const Size& size) {
    const Keyring keyring = bench_keyring();
    const std::vector<std::byte> bytes = bench_bytes(size, keyring);
    Beat beat;
    for (auto _ : state) {
        if (!decode(bytes, keyring, beat)) state.SkipWithError("the beat is refused");
        benchmark::DoNotOptimize(&beat);
        benchmark::ClobberMemory();
    }
}

void time_copy_and_mac(benchmark::State& state, const Size& size) {
    const Keyring keyring = bench_keyring();
    const std::vector<std::byte> bytes = bench_bytes(size, keyring);
    const std::size_t signed_bytes = bytes.size() - mac_bytes;
    std::array<std::byte, beat_bytes_max> copy;
    for (auto _ : state) {
        std::memcpy(copy.data(), bytes.data(), bytes.size());
        const std::span<const std::byte> copied(copy.data(), bytes.size());
        if (!keyring.authentic(0, copied.first(signed_bytes), copied.last<mac_bytes>())) {
            state.SkipWithError("the MAC does not hold");
        }
        benchmark::DoNotOptimize(copy.data());
        benchmark::ClobberMemory();
    }
}

/// Keeps the fastest repetition of each benchmark; the rest is noise and is not shown.
class FastestReporter : public benchmark::BenchmarkReporter {
 public:
    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            failed_ |= run.error_occurred;
            if (run.error_occurred) fmt::print(stderr, "{}\n", run.error_message);
            if (run.run_type == Run::RT_Aggregate) continue;
            double& fastest = fastest_.try_emplace(run.run_name.function_name, never).first->second;
            fastest = std::min(fastest, run.GetAdjustedCPUTime());
        }
    }

    /// Nanoseconds; `never` where it did not run.
    double fastest(const std::string& name) const {
        const auto found = fastest_.find(name);
        return found == fastest_.end() ? never : found->second;
    }
    bool failed() const { return failed_; }

    static constexpr double never = std::numeric_limits<double>::infinity();

 private:
    std::map<std::string, double> fastest_;
    bool failed_ = false;
};

std::string decode_name(const Size& size) { return std::string("decode/") + size.name; }
std::string copy_name(const Size& size) { return std::string("copy_and_mac/") + size.name; }

void register_all() {
    constexpr int repetitions = 30;
    constexpr double seconds_each = 0.02;
    const auto add = [](const std::string& name, auto* run, const Size& size) {
        benchmark::RegisterBenchmark(name.c_str(), run, size)
            ->Repetitions(repetitions)
            ->MinTime(seconds_each);
    };
    for (const Size& size : sizes) {
        add(copy_name(size), time_copy_and_mac, size);
        add(decode_name(size), time_decode, size);
    }
}

void print_ratios(const FastestReporter& reporter) {
    for (const Size& size : sizes) {
        const double decoded = reporter.fastest(decode_name(size));
        const double copied = reporter.fastest(copy_name(size));
        if (decoded == FastestReporter::never || copied == FastestReporter::never) continue;
        fmt::print("ratio {}: {:.3f} (decode {:.0f} ns, copy and MAC {:.0f} ns, target {})\n",
                   size.name, decoded / copied, decoded, copied, target);
    }
}

int run(int argc, char** argv) {
    std::string interleaved = "--benchmark_enable_random_interleaving=true";
    std::vector<char*> arguments(argv, argv + argc);
    arguments.insert(arguments.begin() + 1, interleaved.data());
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

    register_all();
    FastestReporter reporter;
    const std::size_t ran = benchmark::RunSpecifiedBenchmarks(&reporter);
    print_ratios(reporter);
    return reporter.failed() || ran == 0 ? 1 : 0;
}

}  // namespace
}  // namespace inquest::wire

int main(int argc, char** argv) { return inquest::wire::run(argc, argv); }
