#include "tests/sim/judges/invariants.hpp"

#include "tests/sim/judges/oracle_memory.hpp"
#include "tests/sim/world/world.hpp"

#include <utility>

namespace inquest::sim {
namespace {

constexpr std::string_view no_guests =
    "guests have no owners in the world yet: comes with the VM guard";

const std::vector<Invariant> list{
    {"one-owner", "no guarded VM executes on two nodes at one instant", no_guests},
    {"no-start-without-proof", "no VM starts without a receipt or release of its former owner",
     no_guests},
    {"no-fence-without-condemnation",
     "no machine loses its power without a committed attempt on a condemnation that stands", ""},
    {"no-guests-without-lease",
     "a node without a lease executes no guarded VM past the watchdog time", ""},
    {"heard-is-not-condemned",
     "a node heard within condemn_after by the observer, or by a member that the observer hears, "
     "is not recorded as failed over (nor, later, fenced)",
     ""},
    {"guests-run-again", "after healing every guarded VM runs again", no_guests},
    {"ownership-ends-by-proof", "no ownership ends but by release or receipt", no_guests},
    {"no-false-loss",
     "nobody says `lost` of a node heard within path_limit by itself, or within two intervals by a "
     "member that it hears",
     ""},
    {"quorum",
     "only by a majority of all voters, each heard within path_limit and able to testify, does a "
     "node say `lost` or record",
     ""},
    {"stalled-accuses-nobody",
     "a node that woke late says nothing against anybody for one interval", ""},
    {"isolated-accuses-nobody",
     "a node that says `isolated` of itself says `lost` of nobody, and records nothing", ""},
    {"fresh-means-heard",
     "a path turns fresh only where a beat came on that very path within the limit", ""},
    {"old-incarnation", "a beat of an incarnation that has ended makes no path fresh", ""},
    {"heard-is-not-lost",
     "a node heard within the last interval is neither suspect nor lost, nor unknown for long", ""},
    {"blind-is-not-silent", "a path whose own link is down does not turn silent", ""},
    {"no-forged-beat", "the codec refuses every damaged datagram, and no sound one", ""},
    {"once", "a loss is recorded once by each observer", ""},
    {"time", "instants told never go back, no deadline lies in the past, nobody wakes without end",
     ""},
    {"well-again",
     "some time after all faults have ended, every running node is alive to all, and nobody is "
     "isolated",
     ""},
    {"agreement",
     "some time after all faults have ended, a quorate rest says `lost` or `left` of every node "
     "that is gone, all the same",
     ""},
    {"lost-is-recorded", "who says `lost` for longer than condemn_after has recorded it", ""},
    {"lease-returns",
     "... and every running member that enough voters hear holds a lease, and keeps it", ""},
    {"lease-is-granted",
     "who holds a lease has been heard, within its length, by so many voters that the others are "
     "no majority",
     ""},
    {"condemned-has-no-lease",
     "a node holds no lease when it has been condemned for as long as a lease can last, and was "
     "not acquitted",
     ""},
    {"receipt-is-true", "no receipt is accepted for an incarnation whose guests still run", ""},
    {"fence-storm", "no more are switched off within fence.window than fence.limit allows", ""},
    {"reset-needs-a-guest",
     "no watchdog resets a machine of which it is known that it has no guest", ""},
    {"leased-is-not-reset", "no watchdog resets a machine that holds its lease and wakes in time",
     ""},
    {"boots-have-time", "nobody is condemned who has booted less than condemn_after ago", ""},
    {"acquitted-when-heard",
     "... and of the running members none is condemned any more, for they are heard", ""},
    {"election-safety", "a term has at most one leader, and each voter gives one vote in it", ""},
    {"append-only-leader", "a leader never removes an entry of its log", ""},
    {"log-matching", "an index and a term tell the entry, and everything before it, in every log",
     ""},
    {"leader-completeness",
     "who leads holds all that was committed in earlier terms, and commits by an entry of its own",
     ""},
    {"state-machine-safety", "at each index every node applies the same entry, without a gap", ""},
    {"durability",
     "no vote, no acknowledgement, no commit but of what is on the disks that it rests on", ""},
    {"one-change", "members change one at a time, each settled before the next", ""},
    {"bounded-messages", "all but a snapshot's piece fits one datagram of 1,200 bytes", ""},
    {"faithful-messages", "the codec gives back every message of a ledger as it was", ""},
    {"lost-disk-votes-nowhere", "a voter that has lost its ledger asks for no vote and gives none",
     ""},
    {"ledger-time", "no ledger asks to wake in its past, or wakes without end", ""},
    {"no-storm", "no ledger sends a thousand messages in a second", ""},
    {"linearizable",
     "one order explains all that askers were told; nothing is done twice, or without being asked",
     ""},
    {"coordinator-returns",
     "some time after all faults have ended, a majority of voters that can talk follows one leader",
     ""},
    {"commands-commit", "... and does what clients ask for", ""},
    {"one-state", "at each place of the log all members have the same state, to the byte", ""},
    {"one-membership",
     "whom the state calls members and voters, the ledger counts as such at that place", ""},
    {"removed-is-removed", "only whom a committed entry has removed takes itself for removed", ""},
    {"members-follow", "... and every member that is there has applied what is agreed on", ""},
    {"nothing-is-owed",
     "... and where all are there, whoever was invited has joined, boots are known, votes are as "
     "they are to be, and no key waits",
     ""},
};

}  // namespace

const std::vector<Invariant>& invariants() { return list; }

Oracle::Memory::Memory(const ClusterConfig& config)
    : cluster(config), timing(config.timing), facts(config), seen(rule_count, false) {}

void Oracle::Memory::broken(const World& world, Rule rule, std::string what) {
    const auto place = static_cast<std::size_t>(rule);
    if (seen[place]) return;
    seen[place] = true;
    violations.push_back({world.now(), std::string(list[place].name), std::move(what)});
}

Oracle::Oracle(const ClusterConfig& cluster) : memory_(std::make_unique<Memory>(cluster)) {}
Oracle::~Oracle() = default;

const std::vector<Violation>& Oracle::violations() const { return memory_->violations; }

void Oracle::happened(const World& world, const Event& event) {
    memory_->facts.happened(world, event);
    if (event.verb == Verb::end) memory_->judge_end(world);
}

void Oracle::heard(const World& world, std::size_t host, const BeatHeard& beat, Moment arrived) {
    memory_->facts.waking(world, host);
    memory_->facts.heard(world, host, beat, arrived);
}

void Oracle::told(const World& world, std::size_t host, const Transition& transition) {
    memory_->facts.waking(world, host);
    memory_->judge_instant(world, host, transition);
    memory_->judge_accusation(world, host, transition);
    switch (transition.kind) {
        case Transition::Kind::path: memory_->judge_path(world, host, transition); break;
        case Transition::Kind::verdict: memory_->judge_verdict(world, host, transition); break;
        case Transition::Kind::would_have_failed_over:
        case Transition::Kind::calls_for_condemnation:
            memory_->judge_record(world, host, transition);
            break;
        case Transition::Kind::stall:
        case Transition::Kind::member:
        case Transition::Kind::configuration:
        case Transition::Kind::coordinator:
        case Transition::Kind::lease:
        case Transition::Kind::watchdog:
        case Transition::Kind::space:
        case Transition::Kind::agreed: break;
    }
}

void Oracle::followed(const World& world, std::size_t host) {
    memory_->facts.followed(world, host);
}

void Oracle::removed(const World& world, std::size_t host, const std::string&) {
    memory_->facts.followed(world, host);
}

void Oracle::woke(const World& world, std::size_t host) {
    memory_->facts.waking(world, host);
    memory_->facts.woke(world, host);
    memory_->judge_wake(world, host);
    counted(world, world.post());
}

void Oracle::counted(const World& world, const Post::Counts& counts) {
    if (counts.damaged_accepted > 0)
        memory_->broken(world, Rule::no_forged_beat, "a damaged datagram was taken for a beat");
    if (counts.unfaithful > 0)
        memory_->broken(world, Rule::no_forged_beat,
                        "a sound datagram was refused, or came out changed");
}

}  // namespace inquest::sim
