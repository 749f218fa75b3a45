#include "netmon/changes.hpp"
#include "netmon/local_half.hpp"

#include <doctest/doctest.h>

namespace inquest::netmon {
namespace {

constexpr LinkIndex eth0{2};
constexpr LinkIndex eth1{3};

/// eth0 and eth1, both good; eth1 bears 192.0.2.1 and 2001:db8::1.
Table healthy() {
    Table table;
    table.put(Link{eth0, "eth0", Admin::up, Carrier::good});
    table.put(Link{eth1, "eth1", Admin::up, Carrier::good});
    table.put(Address{.link = eth1, .text = "192.0.2.1", .prefix_bits = 24});
    table.put(Address{.link = eth1, .text = "2001:db8::1", .prefix_bits = 64});
    return table;
}

void set_link(Table& table, Admin admin, Carrier carrier) {
    table.put(Link{eth1, "eth1", admin, carrier});
}

void set_address(Table& table, AddressState state) {
    table.put(Address{eth1, "2001:db8::1", state, 64});
}

void no_change(Table&) {}

TEST_SUITE("netmon.local_half") {
    TEST_CASE("the nearest cause is named, for a person") {
        struct Row {
            const char* why;
            void (*change)(Table&);
            const char* interface;
            const char* address;
            Fault fault;
            const char* reason;
        };
        const Row rows[] = {
            {"all is there", no_change, "eth1", "192.0.2.1", Fault::none, ""},
            {"all is there, IPv6", no_change, "eth1", "2001:db8::1", Fault::none, ""},
            {"no name: found by the address", no_change, "", "192.0.2.1", Fault::none, ""},
            {"a name that nobody has", no_change, "eth9", "192.0.2.1", Fault::no_interface,
             "eth9: no such interface"},
            {"the interface is gone, and its addresses with it",
             [](Table& table) { table.drop(eth1); }, "eth1", "192.0.2.1", Fault::no_interface,
             "eth1: no such interface"},
            {"the same without a name", [](Table& table) { table.drop(eth1); }, "", "192.0.2.1",
             Fault::no_address, "192.0.2.1 is on no interface of this node"},
            {"the cable", [](Table& table) { set_link(table, Admin::up, Carrier::lost); }, "eth1",
             "192.0.2.1", Fault::no_carrier, "eth1: no carrier"},
            {"the cable, found by the address",
             [](Table& table) { set_link(table, Admin::up, Carrier::lost); }, "", "192.0.2.1",
             Fault::no_carrier, "eth1: no carrier"},
            {"switched off has no carrier either, but off is the cause",
             [](Table& table) { set_link(table, Admin::down, Carrier::lost); }, "eth1", "192.0.2.1",
             Fault::switched_off, "eth1: switched off (ip link set eth1 up)"},
            {"switched off took the IPv6 address away: off is still the cause",
             [](Table& table) {
                 set_link(table, Admin::down, Carrier::lost);
                 table.drop(Address{.link = eth1, .text = "2001:db8::1", .prefix_bits = 64});
             },
             "eth1", "2001:db8::1", Fault::switched_off,
             "eth1: switched off (ip link set eth1 up)"},
            {"a carrier, but the port waits",
             [](Table& table) { set_link(table, Admin::up, Carrier::dormant); }, "eth1",
             "192.0.2.1", Fault::dormant, "eth1: dormant, waits for a sign-on such as 802.1X"},
            {"the address was never given", no_change, "eth1", "192.0.2.9", Fault::no_address,
             "192.0.2.9 is not on eth1"},
            {"the address is elsewhere", no_change, "eth0", "192.0.2.1", Fault::no_address,
             "192.0.2.1 is not on eth0 but on eth1"},
            {"duplicate detection goes on",
             [](Table& table) { set_address(table, AddressState::tentative); }, "eth1",
             "2001:db8::1", Fault::address_tentative,
             "2001:db8::1 on eth1 is tentative, the kernel looks for duplicates"},
            {"duplicate detection found one",
             [](Table& table) { set_address(table, AddressState::duplicate); }, "eth1",
             "2001:db8::1", Fault::address_duplicate,
             "2001:db8::1 on eth1 is in use by another host on that link"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Table table = healthy();
            row.change(table);
            const Judgement judgement = judge(table, {PathId(0), row.interface, row.address});
            CHECK(judgement.fault == row.fault);
            CHECK(judgement.reason == row.reason);
        }
    }

    TEST_CASE("a socket can be bound wherever the address is, carrier or not") {
        Table table = healthy();
        const Wanted wanted{PathId(0), "eth1", "192.0.2.1"};
        CHECK(judge(table, wanted).usable_on == eth1);
        set_link(table, Admin::up, Carrier::lost);
        CHECK(judge(table, wanted).usable_on == eth1);
        table.drop(Address{.link = eth1, .text = "192.0.2.1", .prefix_bits = 24});
        CHECK(judge(table, wanted).usable_on == no_link);
    }

    TEST_CASE("an address on two links is looked for on the first") {
        Table table = healthy();
        table.put(Address{.link = eth0, .text = "192.0.2.1", .prefix_bits = 24});
        CHECK(judge(table, {PathId(0), "", "192.0.2.1"}).usable_on == eth0);
    }

    TEST_CASE("an address given twice with two prefixes stays when one is taken away") {
        Table table = healthy();
        table.put(Address{.link = eth1, .text = "192.0.2.1", .prefix_bits = 32});
        table.drop(Address{.link = eth1, .text = "192.0.2.1", .prefix_bits = 24});
        CHECK(judge(table, {PathId(0), "eth1", "192.0.2.1"}).fault == Fault::none);
    }

    TEST_CASE("an address before its link, or of a link that is gone, harms nothing") {
        Table table;
        table.put(Address{.link = eth1, .text = "192.0.2.1", .prefix_bits = 24});
        CHECK(judge(table, {PathId(0), "", "192.0.2.1"}).fault == Fault::no_address);
        table.drop(eth0);
        table.drop(Address{.link = eth0, .text = "192.0.2.1"});
        CHECK(table.addresses().size() == 1);
    }

    TEST_CASE("a renamed link is found by its new name only") {
        Table table = healthy();
        table.put(Link{eth1, "storage", Admin::up, Carrier::good});
        CHECK(judge(table, {PathId(0), "eth1", "192.0.2.1"}).fault == Fault::no_interface);
        CHECK(judge(table, {PathId(0), "storage", "192.0.2.1"}).fault == Fault::none);
    }

    TEST_CASE("addresses are compared in one spelling") {
        CHECK(canonical("2001:0DB8:0::0001") == "2001:db8::1");
        CHECK(canonical("192.0.2.1") == "192.0.2.1");
        CHECK(canonical("not an address") == "not an address");
    }
}

TEST_SUITE("netmon.changes") {
    Changes watched() {
        return Changes({{PathId(4), "eth1", "192.0.2.1"}, {PathId(5), "", "2001:0db8::1"}});
    }

    std::vector<Change> judged(Changes & changes, const Table& table) {
        std::vector<Change> news;
        changes.judge(table, news);
        return news;
    }

    TEST_CASE("at first every path is news, and has to be opened") {
        Changes changes = watched();
        const std::vector<Change> news = judged(changes, healthy());
        REQUIRE(news.size() == 2);
        CHECK(news[0].path == PathId(4));
        CHECK(news[1].path == PathId(5));
        for (const Change& change : news) {
            CHECK(change.good);
            CHECK(change.reopen);
            CHECK(change.reason.empty());
        }
        CHECK(judged(changes, healthy()).empty());
    }

    TEST_CASE("a lost carrier is told once, and needs no new socket when it returns") {
        Changes changes = watched();
        Table table = healthy();
        judged(changes, table);

        set_link(table, Admin::up, Carrier::lost);
        const std::vector<Change> broken = judged(changes, table);
        REQUIRE(broken.size() == 2);
        CHECK_FALSE(broken[0].good);
        CHECK_FALSE(broken[0].reopen);
        CHECK(broken[0].reason == "eth1: no carrier");
        CHECK(judged(changes, table).empty());

        set_link(table, Admin::up, Carrier::good);
        const std::vector<Change> good = judged(changes, table);
        REQUIRE(good.size() == 2);
        CHECK(good[0].good);
        CHECK_FALSE(good[0].reopen);
    }

    TEST_CASE("other paths are news, and those that stay are not") {
        Changes changes = watched();
        judged(changes, healthy());
        changes.follow({{PathId(4), "eth1", "192.0.2.1"}, {PathId(5), "", "2001:0db8::1"}});
        CHECK(judged(changes, healthy()).empty());

        changes.follow({{PathId(5), "", "2001:db8::1"}, {PathId(6), "eth1", "192.0.2.1"}});
        const std::vector<Change> added = judged(changes, healthy());
        REQUIRE(added.size() == 1);
        CHECK(added[0].path == PathId(6));
        CHECK(added[0].reopen);

        changes.follow({{PathId(5), "eth1", "2001:db8::1"}, {PathId(6), "eth1", "192.0.2.1"}});
        const std::vector<Change> moved = judged(changes, healthy());
        REQUIRE(moved.size() == 1);
        CHECK(moved[0].path == PathId(5));
        CHECK(moved[0].reopen);
    }

    TEST_CASE("another reason is news too") {
        Changes changes = watched();
        Table table = healthy();
        set_link(table, Admin::up, Carrier::lost);
        judged(changes, table);
        set_link(table, Admin::down, Carrier::lost);
        const std::vector<Change> news = judged(changes, table);
        REQUIRE(news.size() == 2);
        CHECK(news[0].reason == "eth1: switched off (ip link set eth1 up)");
    }

    TEST_CASE("an interface that was made anew needs a new socket") {
        constexpr LinkIndex anew{9};
        Table again;
        again.put(Link{anew, "eth1", Admin::up, Carrier::good});
        again.put(Address{.link = anew, .text = "192.0.2.1", .prefix_bits = 24});
        again.put(Address{.link = anew, .text = "2001:db8::1", .prefix_bits = 64});

        SUBCASE("even if nobody looked while it was gone") {
            Changes changes = watched();
            judged(changes, healthy());
            const std::vector<Change> news = judged(changes, again);
            REQUIRE(news.size() == 2);
            CHECK(news[0].good);
            CHECK(news[0].reopen);
        }
        SUBCASE("and only when it can be used") {
            Changes changes = watched();
            judged(changes, healthy());
            again.put(Link{anew, "eth1", Admin::up, Carrier::lost});
            const std::vector<Change> without = judged(changes, again);
            REQUIRE(without.size() == 2);
            CHECK_FALSE(without[0].reopen);
            again.put(Link{anew, "eth1", Admin::up, Carrier::good});
            const std::vector<Change> with = judged(changes, again);
            REQUIRE(with.size() == 2);
            CHECK(with[0].good);
            CHECK(with[0].reopen);
        }
    }

    TEST_CASE("an address that came back needs a new socket, once") {
        Changes changes = watched();
        judged(changes, healthy());
        Table without = healthy();
        without.drop(Address{.link = eth1, .text = "192.0.2.1", .prefix_bits = 24});
        const std::vector<Change> broken = judged(changes, without);
        REQUIRE(broken.size() == 1);
        CHECK(broken[0].reason == "192.0.2.1 is not on eth1");

        const std::vector<Change> good = judged(changes, healthy());
        REQUIRE(good.size() == 1);
        CHECK(good[0].good);
        CHECK(good[0].reopen);
        CHECK(judged(changes, healthy()).empty());
    }

    TEST_CASE("a change becomes the core's event") {
        const Change broken{PathId(4), false, "eth1: no carrier", false};
        const Event event = event_of(broken);
        REQUIRE(std::holds_alternative<LocalHalfBroken>(event));
        CHECK(std::get<LocalHalfBroken>(event).path == PathId(4));
        CHECK(std::get<LocalHalfBroken>(event).reason == "eth1: no carrier");
        const Event good = event_of({PathId(5), true, "", true});
        REQUIRE(std::holds_alternative<LocalHalfGood>(good));
        CHECK(std::get<LocalHalfGood>(good).path == PathId(5));
    }
}

}  // namespace
}  // namespace inquest::netmon
