// The deciding thread allocates nothing once it runs: every operator new of this program is
// counted.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace {

thread_local std::uint64_t allocations = 0;

void* counted(std::size_t size) noexcept {
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}

void* counted_or_throw(std::size_t size) {
    void* memory = counted(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t size) { return counted_or_throw(size); }
void* operator new[](std::size_t size) { return counted_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace inquest::test {
namespace {

/// Nodes in lockstep, with all memory taken beforehand: what is counted is the core's own.
class Ring {
 public:
    Ring(int nodes, int paths) {
        const ClusterConfig config = cluster_config(nodes, paths);
        for (const MemberConfig& member : config.members) {
            nodes_.push_back(std::make_unique<Node>(
                config, Identity{member.id, Incarnation(1), Session(1), 1, member.id.value}, now_));
        }
        cut_.assign(nodes_.size() * nodes_.size(), false);
        actions_.reserve(64);
        beats_.reserve(256);
    }

    void cut(std::size_t from, std::size_t to) { cut_[from * nodes_.size() + to] = true; }

    /// One millisecond passes. The allocations that the nodes made in it.
    std::uint64_t tick() {
        now_ += 1ms;
        std::uint64_t made = 0;
        beats_.clear();
        for (std::size_t from = 0; from < nodes_.size(); ++from) {
            if (nodes_[from]->next_deadline() > now_) continue;
            made += step(*nodes_[from], Wake{});
            for (const Action& action : actions_) collect(from, action);
        }
        for (const Sent& sent : beats_) {
            made += step(*nodes_[sent.to], BeatHeard{sent.beat, sent.path, now_});
        }
        return made;
    }

    void follow(const ClusterConfig& config) {
        for (const auto& node : nodes_) step(*node, Reconfigured{config});
    }

    std::uint64_t steps() const { return steps_; }
    const Node& node(std::size_t place) const { return *nodes_[place]; }

 private:
    struct Sent {
        std::size_t to;
        PathId path;
        Beat beat;
    };

    std::uint64_t step(Node& node, const Event& event) {
        ++steps_;
        actions_.clear();
        const std::uint64_t before = allocations;
        node.step(now_, event, actions_);
        return allocations - before;
    }

    void collect(std::size_t from, const Action& action) {
        if (const auto* relay = std::get_if<RelayBeat>(&action)) {
            beats_.push_back({std::size_t{relay->to.value} - 1, relay->path, relay->beat});
        }
        const auto* send = std::get_if<SendBeat>(&action);
        for (std::size_t to = 0; send != nullptr && to < nodes_.size(); ++to) {
            if (to == from || cut_[from * nodes_.size() + to]) continue;
            beats_.push_back({to, send->beat.path, send->beat});
        }
    }

    Instant now_ = at(10s);
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<bool> cut_;
    std::vector<Sent> beats_;
    Actions actions_;
    std::uint64_t steps_ = 0;
};

TEST_SUITE("core.allocation") {
    TEST_CASE("the counter counts") {
        const std::uint64_t before = allocations;
        const auto something = std::make_unique<int>(1);
        CHECK(*something == 1);
        CHECK(allocations > before);
    }

    TEST_CASE("in the steady state a step allocates nothing") {
        struct Row {
            const char* why;
            int nodes;
            int paths;
            bool cut;
        };
        constexpr Row rows[] = {
            {"all is well", 3, 2, false},
            {"as many paths as there may be", 2, 16, false},
            {"a cut: beats are relayed all the time", 4, 3, true},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Ring ring(row.nodes, row.paths);
            if (row.cut) ring.cut(0, 2);
            for (int i = 0; i < 40'000; ++i) ring.tick();
            const std::uint64_t steps = ring.steps();
            std::uint64_t made = 0;
            while (ring.steps() < steps + 10'000) made += ring.tick();
            CHECK(made == 0);
            CHECK(ring.node(0).report(at(50s)).quorate);
        }
    }

    TEST_CASE("nor does it after a change of the configuration") {
        Ring ring(3, 2);
        for (int i = 0; i < 2'000; ++i) ring.tick();
        ClusterConfig config = cluster_config(3, 4, Timing::fast());
        config.hash = 8;
        ring.follow(config);
        for (int i = 0; i < 40'000; ++i) ring.tick();
        const std::uint64_t steps = ring.steps();
        std::uint64_t made = 0;
        while (ring.steps() < steps + 10'000) made += ring.tick();
        CHECK(made == 0);
        CHECK(ring.node(0).report(at(52s)).quorate);
    }
}

}  // namespace
}  // namespace inquest::test
