// What a node grants in its beats, and which beats of others grant it something.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <variant>
#include <vector>

namespace inquest::test {
namespace {

using namespace std::chrono_literals;

constexpr MemberId n1{1}, n2{2}, n3{3};
constexpr Incarnation boot{5};
constexpr Session run{4};

Electorate three() {
    Electorate voters;
    for (const MemberId voter : {n1, n2, n3}) voters.push_back(voter);
    return voters;
}

/// n1 of three nodes on one path, with another one speaking as the test says.
class Listener {
 public:
    explicit Listener(std::uint32_t boot_tag = 0)
        : node_(cluster_config(3, 1),
                {.self = n1, .incarnation = boot, .session = run, .boot_tag = boot_tag}, now_) {}

    /// What it sends within one interval.
    std::vector<Beat> beats() {
        std::vector<Beat> sent;
        for (const Instant end = now_ + 150ms; now_ < end; now_ += 10ms) {
            Actions out;
            if (node_.next_deadline() <= now_) node_.step(now_, Wake{now_ - dawn}, out);
            for (const Action& action : out) {
                if (const auto* beat = std::get_if<SendBeat>(&action)) sent.push_back(beat->beat);
                if (const auto* relay = std::get_if<RelayBeat>(&action))
                    relayed.push_back(relay->beat);
            }
        }
        return sent;
    }
    void learn(bool grants) {
        learn({.voters = three(), .grants = grants, .armed = false, .condemned = {}});
    }
    void learn(const LedgerTold& told) {
        Actions out;
        node_.step(now_, told, out);
    }
    /// `from` has heard this node's beat `sequence`, and says so.
    Beat beat(MemberId from, Sequence sequence) {
        Beat beat;
        beat.sender = from;
        beat.incarnation = Incarnation(2);
        beat.session = Session(9);
        beat.sequence = Sequence(++spoken_);
        beat.paths = 1;
        beat.electorate = three();
        for (const MemberId peer : {n1, n2, n3}) {
            if (peer == from) continue;
            PeerRow& row = rows(beat);
            row.peer = peer;
            row.incarnation = boot;
            row.grant = Grant{run, sequence};
            row.cells.push_back({PathState::fresh, BlindReason::none});
        }
        return beat;
    }
    void hear(const Beat& beat, bool retired_key = false) {
        Actions out;
        node_.step(now_, BeatHeard{beat, PathId{0}, now_, retired_key}, out);
    }
    bool holds() const { return node_.lease().remaining({now_, now_ - dawn}) > Duration::zero(); }

    std::vector<Beat> relayed;

 private:
    static PeerRow& rows(Beat& beat) {
        beat.row.push_back({});
        return beat.row.back();
    }

    static constexpr Instant dawn{};
    Instant now_ = at(1000s);
    std::uint64_t spoken_ = 0;
    Node node_;
};

const PeerRow& row_of(const Beat& beat, MemberId peer) {
    for (const PeerRow& row : beat.row) {
        if (row.peer == peer) return row;
    }
    FAIL("no row of that peer");
    return beat.row[0];
}

TEST_SUITE("core: grants") {
    TEST_CASE("a voter grants the newest beat of each peer that it has heard, among its voters") {
        Listener listener;
        listener.learn(true);
        Beat heard = listener.beat(n2, Sequence(0));
        heard.sequence = Sequence(77);
        listener.hear(heard);
        const std::vector<Beat> sent = listener.beats();
        REQUIRE_FALSE(sent.empty());
        CHECK(sent.back().electorate == three());
        CHECK(row_of(sent.back(), n2).grant == Grant{Session(9), Sequence(77)});
        CHECK_FALSE(row_of(sent.back(), n3).grant.has_value());
    }

    TEST_CASE("nothing is granted before the ledger was read, nor by one who may not") {
        Listener listener;
        listener.hear(listener.beat(n2, Sequence(0)));
        CHECK(listener.beats().back().electorate.empty());
        listener.learn(false);
        listener.hear(listener.beat(n2, Sequence(0)));
        const Beat last = listener.beats().back();
        CHECK(last.electorate.empty());
        CHECK_FALSE(row_of(last, n2).grant.has_value());
    }

    TEST_CASE("a condemned boot is granted nothing, from when its condemnation is appended") {
        struct Row {
            const char* why;
            std::uint32_t condemned;  ///< boot; n2 is heard in its second
            KnownCondemnation::Stage stage;
            bool granted;
        };
        using Stage = KnownCondemnation::Stage;
        const Row rows[] = {
            {"that boot, not committed yet", 2, Stage::appended, false},
            {"that boot", 2, Stage::committed, false},
            {"that boot, held", 2, Stage::held, false},
            {"that boot, off by a person's word", 2, Stage::proven, false},
            {"one that this node has not heard of", 3, Stage::committed, false},
            {"the boot before", 1, Stage::committed, true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Listener listener;
            LedgerTold told{.voters = three(), .grants = true, .armed = true, .condemned = {}};
            told.condemned.push_back({n2, Incarnation(row.condemned), 9, row.stage});
            listener.hear(listener.beat(n2, Sequence(0)));
            listener.hear(listener.beat(n3, Sequence(0)));
            listener.learn(told);
            const std::vector<Beat> sent = listener.beats();
            CHECK(row_of(sent.back(), n2).grant.has_value() == row.granted);
            CHECK(row_of(sent.back(), n3).grant.has_value());
            listener.learn(true);
            CHECK(row_of(listener.beats().back(), n2).grant.has_value());
        }
    }

    TEST_CASE("a voter that reads of its own condemnation grants itself nothing any more") {
        Listener listener;
        listener.learn(true);
        const std::vector<Beat> sent = listener.beats();
        LedgerTold told{.voters = three(), .grants = true, .armed = true, .condemned = {}};
        told.condemned.push_back({n1, boot, 9, KnownCondemnation::Stage::appended});
        listener.learn(told);
        listener.hear(listener.beat(n2, sent.back().sequence));
        CHECK_FALSE(listener.holds());
        listener.hear(listener.beat(n3, sent.back().sequence));
        CHECK_MESSAGE(listener.holds(), "two others are still a blocking set");
    }

    TEST_CASE("whose word makes a lease") {
        struct Row {
            const char* why;
            void (*change)(Beat&);
            bool retired_key;
            bool holds;
        };
        const Row rows[] = {
            {"a voter that has heard this node's newest beat", [](Beat&) {}, false, true},
            {"passed on by another member", [](Beat& beat) { beat.via = n3; }, false, true},
            {"under a key that has been replaced", [](Beat&) {}, true, false},
            {"of another boot of this node",
             [](Beat& beat) { beat.row[0].incarnation = Incarnation(4); }, false, false},
            {"of another run of its daemon",
             [](Beat& beat) { beat.row[0].grant->session = Session(3); }, false, false},
            {"who has heard it and grants nothing", [](Beat& beat) { beat.row[0].grant.reset(); },
             false, false},
            {"among other voters", [](Beat& beat) { beat.electorate.resize(2); }, false, false},
            {"for a beat that has not left",
             [](Beat& beat) { ++beat.row[0].grant->sequence.value; }, false, false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Listener listener;
            listener.learn(true);
            const std::vector<Beat> sent = listener.beats();
            REQUIRE_FALSE(sent.empty());
            Beat beat = listener.beat(n2, sent.back().sequence);
            row.change(beat);
            listener.hear(beat, row.retired_key);
            CHECK(listener.holds() == row.holds);
        }
    }

    TEST_CASE("no grant is for two boots, though the later one counts from one again") {
        struct Row {
            std::uint32_t before, now;
            bool holds;
        };
        for (const Row& row : {Row{7, 7, true}, Row{7, 8, false}, Row{8, 7, false},
                               Row{0xffffffff, 0, false}, Row{0, 0xffffffff, false}}) {
            CAPTURE(row.before);
            CAPTURE(row.now);
            Listener before(row.before);
            const Sequence granted = before.beats().back().sequence;
            Listener now(row.now);
            now.learn(true);
            for (int interval = 0; interval < 10; ++interval) now.beats();
            now.hear(now.beat(n2, granted));
            CHECK(now.holds() == row.holds);
        }
    }

    TEST_CASE("a beat under a retired key is passed on without what it would grant") {
        for (const bool retired : {false, true}) {
            CAPTURE(retired);
            Listener listener;
            listener.learn(true);
            listener.beats();
            // n3 hears this node, and not n2.
            for (int i = 0; i < 4; ++i) {
                Beat deaf = listener.beat(n3, Sequence(1));
                deaf.row[1].incarnation = Incarnation{};
                deaf.row[1].grant.reset();
                deaf.row[1].cells[0] = {PathState::silent, BlindReason::none};
                listener.hear(deaf);
                listener.hear(listener.beat(n2, Sequence(1)), retired);
                listener.beats();
            }
            REQUIRE_FALSE(listener.relayed.empty());
            for (const Beat& beat : listener.relayed) {
                REQUIRE(beat.sender == n2);
                CHECK(beat.electorate.empty() == retired);
                CHECK(row_of(beat, n1).grant.has_value() != retired);
            }
        }
    }
}

}  // namespace
}  // namespace inquest::test
