// Every verdict explains itself: a claim, the rule, what would have changed it, and every path.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

/// Paths named below the node at `depth` of the tree.
int leaves(const Explanation& part, std::string_view path) {
    int found = part.claim.starts_with(std::string(path) + ":") ? 1 : 0;
    for (const Explanation& because : part.because) found += leaves(because, path);
    return found;
}

/// What every explanation of a peer must have.
void check_complete(const Cluster& cluster, const char* observer, const char* peer,
                    Verdict verdict) {
    const Explanation tree = cluster.explanation(observer, peer);
    const std::string told = text(tree);
    INFO(told);
    CHECK(cluster.verdict(observer, peer) == verdict);
    CHECK(tree.claim.starts_with(std::string(peer) + " "));
    CHECK(tree.claim.find(word(verdict)) != std::string::npos);
    CHECK(tree.claim.ends_with("."));
    CHECK_FALSE(tree.rule.empty());
    CHECK_FALSE(tree.would_have_changed_it.empty());
    CHECK(tree.instant.has_value());
    CHECK(tree.age.has_value());
    CHECK(leaves(tree, "lan-a") >= 1);
    CHECK(leaves(tree, "lan-b") >= 1);
    CHECK(told.find("dead") == std::string::npos);
    CHECK(told.find("  ,") == std::string::npos);
}

TEST_SUITE("core.explain") {
    TEST_CASE("alive") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(65s);
        check_complete(cluster, "n1", "n3", Verdict::alive);
    }

    TEST_CASE("degraded, by a switch, by a hand, and on the way back") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.switch_off("lan-b");
        cluster.run(5s);
        check_complete(cluster, "n1", "n3", Verdict::degraded);
        cluster.switch_on("lan-b");
        cluster.run(200ms);
        check_complete(cluster, "n1", "n3", Verdict::degraded);
        cluster.run(5s);
        cluster.unplug("n1", "lan-a");
        cluster.run(5s);
        check_complete(cluster, "n1", "n3", Verdict::degraded);
        check_complete(cluster, "n2", "n1", Verdict::degraded);
    }

    TEST_CASE("suspect: not sure yet, and without a majority") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.power_off("n3");
        cluster.run(320ms);
        check_complete(cluster, "n1", "n3", Verdict::suspect);
        cluster.power_off("n2");
        cluster.run(5s);
        check_complete(cluster, "n1", "n3", Verdict::suspect);
        CHECK(cluster.explain("n1", "n3").find("1 of 3 votes") != std::string::npos);
    }

    TEST_CASE("partitioned: the one that hears it is named, and the one that does not") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.cut("n3", "n1");
        cluster.run(5s);
        check_complete(cluster, "n1", "n3", Verdict::partitioned);
        check_complete(cluster, "n2", "n3", Verdict::partitioned);
        const std::string told = cluster.explain("n2", "n3");
        CHECK(told.find("n2 hears it") != std::string::npos);
        CHECK(told.find("cut n3->n1") != std::string::npos);
    }

    TEST_CASE("lost: before condemn_after, and after") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.power_off("n3");
        cluster.run(1s);
        check_complete(cluster, "n1", "n3", Verdict::lost);
        cluster.run(10s);
        check_complete(cluster, "n1", "n3", Verdict::lost);
        CHECK(cluster.explain("n1", "n3").find("2 of 3") != std::string::npos);
    }

    TEST_CASE("lost, never heard") {
        Cluster cluster({.nodes = 3, .paths = 2, .power = Cluster::Power::off});
        cluster.power_on("n1");
        cluster.power_on("n2");
        cluster.run(10s);
        check_complete(cluster, "n1", "n3", Verdict::unknown);
        cluster.run(31s);
        check_complete(cluster, "n1", "n3", Verdict::lost);
    }

    TEST_CASE("left") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.leave("n3");
        cluster.run(5s);
        check_complete(cluster, "n1", "n3", Verdict::left);
    }

    TEST_CASE("a witness that woke late, one that is relayed, and one that has fallen silent") {
        Cluster cluster({.nodes = 4, .paths = 2});
        cluster.run(5s);
        cluster.separate("n1", "n3");
        cluster.power_off("n4");
        cluster.run(5s);
        CHECK(cluster.explain("n1", "n2").find("relayed by n2") != std::string::npos);
        CHECK(cluster.explain("n1", "n2").find("is not heard any more") != std::string::npos);
        check_complete(cluster, "n1", "n3", Verdict::partitioned);
        cluster.stall("n2", 2s);
        cluster.run(2005ms);
        check_complete(cluster, "n1", "n4", cluster.verdict("n1", "n4"));
    }

    TEST_CASE("a node of itself: well, isolated, stalled") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        CHECK(cluster.explain("n1", "n1").find("3 of 3 votes") != std::string::npos);
        cluster.stall("n1", 2s);
        cluster.run(5s);
        CHECK(cluster.explain("n1", "n1").find("woke late once") != std::string::npos);
        cluster.unplug("n1", "lan-a");
        cluster.unplug("n1", "lan-b");
        cluster.run(5s);
        const Explanation tree = cluster.explanation("n1", "n1");
        CHECK(tree.claim.find("isolated") != std::string::npos);
        CHECK_FALSE(tree.rule.empty());
        CHECK_FALSE(tree.would_have_changed_it.empty());
        CHECK(leaves(tree, "lan-a") == 1);
    }

    TEST_CASE("a member that is not there has no explanation") {
        Cluster cluster({.nodes = 2, .paths = 1});
        CHECK_FALSE(cluster.node("n1").explain("n9", cluster.now() + 1000s).has_value());
    }
}

}  // namespace
}  // namespace inquest::test
