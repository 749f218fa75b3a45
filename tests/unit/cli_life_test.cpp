// The verbs that change a cluster: what is typed, what the daemon's answers mean, and what is
// drawn.
#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/handling_text.hpp"
#include "heartbeat/cli/member_checks.hpp"
#include "heartbeat/cli/node_files.hpp"
#include "heartbeat/cli/placed_address.hpp"
#include "heartbeat/cli/waiting.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>

namespace inquest::cli {
namespace {

std::vector<std::string> words_of(const std::string& typed) {
    std::istringstream stream(typed);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

TEST_SUITE("cli life") {
    // ---- What is typed --------------------------------------------------------------------------

    TEST_CASE("the verbs and what goes with them") {
        const auto init = parse_command(
            words_of("init --cluster prod --node n1 --address lan-a=192.0.2.1@sw-a --address "
                     "lan-b=198.51.100.1 --role witness --profile fast --no-start --timeout 5s"));
        REQUIRE(init);
        CHECK(init->verb == Verb::init);
        CHECK((init->life.cluster == "prod" && init->life.name == "n1"));
        CHECK(init->life.addresses ==
              std::vector<std::string>{"lan-a=192.0.2.1@sw-a", "lan-b=198.51.100.1"});
        CHECK((init->life.role == "witness" && init->life.profile == "fast"));
        CHECK((init->life.no_start && init->life.timeout == "5s"));
        CHECK(init->state == "/var/lib/inquest");

        const auto invite = parse_command(
            words_of("invite n2 --address lan-a=192.0.2.2 --no-vote --expires 2h --output t"));
        REQUIRE(invite);
        CHECK((invite->verb == Verb::invite && invite->life.name == "n2"));
        CHECK((invite->life.no_vote && invite->life.expires == "2h"));
        CHECK(invite->life.output == "t");

        const auto turned =
            parse_command(words_of("invite --address a=192.0.2.2 n2 --address b=192.0.2.3"));
        REQUIRE(turned);
        CHECK((turned->life.name == "n2" && turned->life.addresses.size() == 2));

        const auto join = parse_command(words_of("join - --state /s"));
        REQUIRE(join);
        CHECK((join->verb == Verb::join && join->life.file == "-" && join->state == "/s"));

        CHECK(parse_command({"leave"})->verb == Verb::leave);
        CHECK(parse_command({"remove", "n4"})->life.name == "n4");
        CHECK(parse_command({"reset-node", "--yes"})->life.yes);
        CHECK(parse_command({"rekey"})->verb == Verb::rekey);

        const auto recover =
            parse_command(words_of("recover-quorum --for-real --confirm prod --timeout 9s"));
        REQUIRE(recover);
        CHECK((recover->verb == Verb::recover_quorum && recover->life.for_real));
        CHECK((recover->life.confirm == "prod" && recover->life.timeout == "9s"));
        CHECK_FALSE(parse_command({"recover-quorum"})->life.for_real);
        CHECK_FALSE(parse_command({"recover-quorum", "--dry-run"})->life.for_real);
        CHECK_FALSE(parse_command({"recover-quorum", "--dry-run", "--for-real"}));
        CHECK_FALSE(parse_command({"recover-quorum", "--confirm", "prod"}));

        const auto backup = parse_command(words_of("ledger backup b"));
        REQUIRE(backup);
        CHECK((backup->verb == Verb::ledger_backup && backup->life.file == "b"));
        const auto restore = parse_command(words_of("ledger restore b --node n1 --for-real"));
        REQUIRE(restore);
        CHECK((restore->verb == Verb::ledger_restore && restore->life.file == "b"));
        CHECK((restore->life.name == "n1" && restore->life.for_real));
        CHECK_FALSE(parse_command({"ledger"}));
        CHECK_FALSE(parse_command({"ledger", "backup"}));
        CHECK(parse_command({"arm"})->verb == Verb::arm);
        CHECK(parse_command({"disarm"})->verb == Verb::disarm);
        const auto maintenance = parse_command({"maintenance", "on", "n2"});
        REQUIRE(maintenance);
        CHECK((maintenance->verb == Verb::maintenance && maintenance->life.on));
        CHECK(maintenance->life.name == "n2");
        CHECK_FALSE(parse_command({"maintenance", "off"})->life.on);
        CHECK(parse_command({"config", "show"})->verb == Verb::config_show);
        CHECK(parse_command({"config", "diff", "f"})->life.file == "f");
        CHECK(parse_command({"config", "push", "--timeout", "1m"})->life.timeout == "1m");
    }

    TEST_CASE("what is wrong with what is typed is said before anything is done") {
        for (const char* typed :
             {"init", "init --cluster prod --node n1", "invite --address a=192.0.2.1", "invite n2",
              "join", "remove", "maintenance", "maintenance perhaps", "rekey --timeout soon",
              "rekey --timeout 0s", "invite n2 --address a=192.0.2.2 --role king",
              "invite n2 --address a=192.0.2.2 --expires tomorrow"}) {
            CAPTURE(std::string(typed));
            const auto command = parse_command(words_of(typed));
            REQUIRE_FALSE(command);
            CHECK(command.error().kind == Aside::Kind::wrong_usage);
            CHECK(command.error().text.starts_with("inquest: wrong usage: "));
        }
    }

    TEST_CASE("a mistake names the help of the verb that was typed") {
        struct Row {
            const char* typed;
            const char* help;
        };
        for (const Row& row :
             {Row{"", "see inquest --help\n"}, Row{"invite n2", "see inquest invite --help\n"},
              Row{"maintenance n2 on", "see inquest maintenance --help\n"},
              Row{"rekey --timeout soon", "see inquest rekey --help\n"},
              Row{"ledger backup", "see inquest ledger backup --help\n"},
              Row{"status --matrx", "see inquest status --help\n"}}) {
            CAPTURE(row.typed);
            const auto command = parse_command(words_of(row.typed));
            REQUIRE_FALSE(command);
            CHECK(command.error().text.ends_with(row.help));
        }
    }

    TEST_CASE("the help of the verbs of a cluster's life has an example or says what comes next") {
        struct Row {
            std::vector<std::string> words;
            const char* expect;
        };
        const Row rows[] = {{{"init", "--help"}, "inquest init --cluster prod"},
                            {{"init", "--help"}, "inquest invite --help"},
                            {{"invite", "--help"}, "inquest join n2.token"},
                            {{"join", "--help"}, "may be given again"},
                            {{"leave", "--help"}, "inquest reset-node"},
                            {{"remove", "--help"}, "inquest reset-node"},
                            {{"reset-node", "--help"}, "inquest leave"},
                            {{"config", "push", "--help"}, "inquest config diff"}};
        for (const Row& row : rows) {
            CAPTURE(row.expect);
            CHECK(parse_command(row.words).error().text.find(row.expect) != std::string::npos);
        }
    }

    TEST_CASE("addresses as they are typed") {
        const auto good = parse_addresses({"lan-a=192.0.2.1@sw-a", "lan-b=2001:DB8::0:1"});
        REQUIRE(good);
        CHECK(*good == std::vector<PlacedAddress>{{"lan-a", "192.0.2.1", "sw-a"},
                                                  {"lan-b", "2001:db8::1", ""}});
        const auto disk = parse_addresses({"san=slot-3@san"});
        REQUIRE(disk);
        CHECK(*disk == std::vector<PlacedAddress>{{"san", "slot-3", "san", PathKind::disk}});
        struct Row {
            const char* why;
            std::vector<std::string> typed;
            const char* expect;
        };
        const Row rows[] = {
            {"no path", {"192.0.2.1"}, "PATH=ADDRESS"},
            {"an empty path", {"=192.0.2.1"}, "PATH=ADDRESS"},
            {"a name", {"a=n1.example.org"}, "\"a=n1.example.org\""},
            {"an @ and nothing", {"a=192.0.2.1@"}, "names nothing after the @"},
            {"one path twice", {"a=192.0.2.1", "a=192.0.2.2"}, "has two addresses"}};
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const auto bad = parse_addresses(row.typed);
            REQUIRE_FALSE(bad);
            CHECK(bad.error().find(row.expect) != std::string::npos);
        }
    }

    TEST_CASE("devices as they are typed, and as they are written") {
        const auto good = parse_devices({"san=/dev/disk/by-id/x=1", "tape=/dev/sdb"});
        REQUIRE(good);
        CHECK(*good ==
              std::vector<PlacedDevice>{{"san", "/dev/disk/by-id/x=1"}, {"tape", "/dev/sdb"}});
        CHECK(node_toml("n1", *good)
                  .ends_with("node = \"n1\"\n\n[device]\n"
                             "san = '/dev/disk/by-id/x=1'\n"
                             "tape = '/dev/sdb'\n"));
        for (const char* bad : {"san", "=/dev/sdb", "san=", "san=sdb"})
            CHECK_FALSE(parse_devices({bad}));
        CHECK_FALSE(parse_devices({"san=/dev/sdb", "san=/dev/sdc"}));
    }

    // ---- What the daemon's answers mean ---------------------------------------------------------

    TEST_CASE("what has become of a request") {
        using State = Judgement::State;
        struct Row {
            const char* why;
            Json handling;
            State state;
            wire::Exit late;
            const char* told;
        };
        const auto failed = wire::Exit::failed;
        const auto no_quorum = wire::Exit::no_quorum;
        // clang-format off
        const Row rows[] = {
            {"no quorum", {{"stage", "waiting"}, {"holdup", "no-coordinator"},
             {"blocker", "n2, n3"}},
             State::waiting, no_quorum, "n2, n3"},
            {"no majority answers", {{"stage", "waiting"}, {"holdup", "commit"}, {"blocker", "n2"}},
             State::waiting, no_quorum, "n2"},
            {"a wait that is no want of votes", {{"stage", "waiting"}, {"holdup", "busy"}},
             State::waiting, failed, "busy"},
            {"done", {{"stage", "handled"}, {"outcome", "accepted"}}, State::agreed, failed, ""},
            {"as it was", {{"stage", "refused"}, {"outcome", "already"}}, State::already, failed,
             ""},
            {"a name that is taken", {{"stage", "refused"}, {"outcome", "name-taken"}},
             State::failed, failed, "a member already"},
            {"a number that another request drew", {{"stage", "handled"}, {"outcome", "id-taken"}},
             State::overtaken, failed, "another request"},
            {"a key that another request drew", {{"stage", "refused"}, {"outcome", "key-taken"}},
             State::overtaken, failed, "another request"},
            {"a key that waits", {{"stage", "refused"}, {"outcome", "key-in-use"}},
             State::overtaken, failed, "another request"},
            {"refused in its turn", {{"stage", "handled"}, {"outcome", "unsound"}}, State::failed,
             failed, "would not hold together"},
            {"too late", {{"stage", "expired"}, {"holdup", "no-coordinator"}, {"blocker", "n2"}},
             State::withdrawn, no_quorum, "n2"},
            {"too late, and written",
             {{"stage", "expired"}, {"holdup", "commit"}, {"handed", true}},
             State::late, no_quorum, "commit"},
            {"forgotten", {{"stage", "unknown"}}, State::failed, failed, "was restarted"},
            {"nonsense", Json::object(), State::failed, failed, "was restarted"},
            {"an outcome of a later version", {{"stage", "refused"}, {"outcome", "full-moon"}},
             State::failed, failed, "full-moon"},
        };
        // clang-format on
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const Judgement judged = judge(row.handling);
            CHECK(judged.state == row.state);
            CHECK(judged.late == row.late);
            const std::string told = judged.blocker + judged.failure.why;
            CHECK(told.find(row.told) != std::string::npos);
        }
    }

    TEST_CASE("every refusal of an entry has a sentence of its own") {
        std::vector<std::string> told;
        for (std::size_t i = 0; i < entry_refusals; ++i) {
            const std::string called(word(static_cast<EntryRefusal>(i)));
            CAPTURE(called);
            const std::string why = refusal_of_entry(called).why;
            CHECK_FALSE(why.empty());
            CHECK(std::count(told.begin(), told.end(), why) == 0);
            told.push_back(why);
        }
    }

    TEST_CASE("a wait ends, and says what it waited for") {
        const wire::ErrorReply ended = too_late({"n4 is not invited", "n2", "see"},
                                                std::chrono::seconds(30), wire::Exit::no_quorum);
        CHECK(ended.error.what == "n4 is not invited within 30s");
        CHECK(ended.error.why == "it waits for n2");
        CHECK(ended.exit == wire::Exit::no_quorum);
    }

    // ---- Checks ---------------------------------------------------------------------------------

    Json status_of_n4(const std::string& here, const std::string& there) {
        return Json::parse(R"({"version":"1","node":"n4","peers":[
            {"name":"n1","paths":[{"name":"lan-a","state":")" +
                           here + R"("}]}],
            "matrix":{"members":["n1","n4"],"paths":["lan-a"],"views":[
            {"observer":"n1","rows":[{"peer":"n4","cells":[")" +
                           there + R"("]}]}]}})");
    }

    Json ledger_of_n4(const char* standing, const char* more) {
        return Json::parse(
            R"({"node":"n4","member":4,"cluster":"lab","voters":3,"voters_reached":3,
                "links":[{"peer":"n1","path":"lan-a","up":true,"mtu":1400}],"standing":")" +
            std::string(standing) + "\"" + more + "}");
    }

    constexpr const char* voting =
        R"(,"coordinator":"n1","members":[{"name":"n4","may_vote":true,"votes":true}])";

    std::string with_clock(int seconds_ahead) {
        return voting + (",\"clock_ahead_s\":" + std::to_string(seconds_ahead));
    }

    std::string drawn(const Json& ledger, const Json& status) {
        return checks_text(Screen{}, member_checks(ledger, status, "1"));
    }

    TEST_CASE("all is well") {
        const Json ledger = ledger_of_n4("joined", voting);
        const auto checks = member_checks(ledger, status_of_n4("fresh", "late"), "1");
        CHECK(is_settled(checks));
        CHECK(drawn(ledger, status_of_n4("fresh", "late")) ==
              "state  check        finding\n"
              "ok     path lan-a   beats both ways and full-size messages, 1 node\n"
              "ok     member       member 4 of lab\n"
              "ok     vote         it votes\n"
              "ok     coordinator  n1\n");
    }

    TEST_CASE("what a member waits for, and what is only worse") {
        struct Row {
            const char* why;
            Json ledger;
            Json status;
            bool settled;
            const char* told;
        };
        // clang-format off
        const Row rows[] = {
            {"nobody is heard yet", ledger_of_n4("none", ""), status_of_n4("blind", "blind"), false,
             "no beats from n1; no beats arrive at n1"},
            {"they hear nothing of it", ledger_of_n4("joined", voting),
             status_of_n4("fresh", "silent"), true, "no beats arrive at n1"},
            {"the ledger has not come", ledger_of_n4("none", ""), status_of_n4("fresh", "fresh"),
             false, "the cluster's ledger, which no member has sent yet"},
            {"the daemon knows better", ledger_of_n4("none", R"(,"trouble":"port 7741 is taken")"),
             status_of_n4("fresh", "fresh"), false, "port 7741 is taken"},
            {"invited, and nobody leads", ledger_of_n4("invited", ""),
             status_of_n4("fresh", "fresh"), false, "a coordinator: 3 of 3 voters are reached"},
            {"invited, and it is on its way", ledger_of_n4("invited", R"(,"coordinator":"n1")"),
             status_of_n4("fresh", "fresh"), false, "the cluster to accept the invitation"},
            {"its clock is right", ledger_of_n4("joined", with_clock(-2).c_str()),
             status_of_n4("fresh", "fresh"), true, "ok     clock        within 2 s of n1's"},
            {"its clock is wrong", ledger_of_n4("joined", with_clock(75).c_str()),
             status_of_n4("fresh", "fresh"), true, "75 s ahead of n1's: let NTP set both"},
            {"its clock is wrong the other way", ledger_of_n4("joined", with_clock(-3).c_str()),
             status_of_n4("fresh", "fresh"), true, "3 s behind n1's"},
            {"its vote is on its way",
             ledger_of_n4("joined",
         R"(,"coordinator":"n1","members":[{"name":"n4","may_vote":true,"votes":false}])"),
             status_of_n4("fresh", "fresh"), false, "a vote"},
            {"it was invited without a vote",
             ledger_of_n4("joined",
         R"(,"coordinator":"n1","members":[{"name":"n4","may_vote":false,"votes":false}])"),
             status_of_n4("fresh", "fresh"), true, "it gives no vote"},
        };
        // clang-format on
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(is_settled(member_checks(row.ledger, row.status, "1")) == row.settled);
            CAPTURE(drawn(row.ledger, row.status));
            CHECK(drawn(row.ledger, row.status).find(row.told) != std::string::npos);
        }
    }

    TEST_CASE("messages that do not fit, another version, and answers that are none") {
        Json ledger = ledger_of_n4("joined", voting);
        ledger["links"][0]["mtu"] = 1199;
        CHECK(drawn(ledger, status_of_n4("fresh", "fresh"))
                  .find("no full-size messages with n1 (1199 bytes fit: look at the MTU)") !=
              std::string::npos);
        CHECK(checks_text(Screen{}, member_checks(ledger, status_of_n4("fresh", "fresh"), "2"))
                  .find("inquest is 2 and inquestd 1") != std::string::npos);
        const auto checks = member_checks(Json::object(), Json::object(), "1");
        CHECK_FALSE(is_settled(checks));
        CHECK(blocker(checks).find("the cluster's ledger") != std::string::npos);
    }

    // ---- Files ----------------------------------------------------------------------------------

    /// A folder of its own that disappears with the test.
    struct Place {
        Place() {
            char name[] = "/tmp/inquest-files-XXXXXX";
            REQUIRE(::mkdtemp(name) != nullptr);
            root = name;
        }
        ~Place() { std::filesystem::remove_all(root); }
        Folders folders() const { return {root / "etc", root / "state", root / "run"}; }
        void put(const std::string& file, const std::string& text) const {
            std::filesystem::create_directories((root / file).parent_path());
            std::ofstream(root / file) << text;
        }
        std::filesystem::path root;
    };

    const NodeFiles files{.begin = "found 00\n", .keys = "k", .cluster = "c", .node = "n"};

    TEST_CASE("the files of a beginning, and that only root reads the secret ones") {
        const Place place;
        REQUIRE(write_node_files(place.folders(), files));
        struct stat status {};
        for (const char* secret : {"state/begin", "etc/keys/cluster.keys"}) {
            CAPTURE(secret);
            REQUIRE(::stat((place.root / secret).c_str(), &status) == 0);
            CHECK((status.st_mode & 0777) == 0600);
        }
        CHECK(std::filesystem::exists(place.root / "etc/cluster.toml"));
        CHECK(std::filesystem::exists(place.root / "etc/node.toml"));
        CHECK_FALSE(std::filesystem::exists(place.root / "etc/node.toml.new"));
        CHECK(traces(place.folders()).begun == Traces::Begun::founding);
    }

    TEST_CASE("a beginning is repeated where it was cut off, and only there") {
        struct Row {
            const char* why;
            const char* file;
            const char* text;
            bool init_goes;
            bool join_goes;
            const char* told;
        };
        // clang-format off
        const Row rows[] = {
            {"a founding goes on", "state/begin", "found 00\n", true, false, "founding was begun"},
            {"a join goes on", "state/begin", "join 4 00\n", false, true, "join was begun"},
            {"a restore has its own", "state/begin", "restore 5 root\n", false, false,
             "restore was begun"},
            {"a damaged mark", "state/begin", "\xff", false, false, "is damaged"},
            {"files by hand", "etc/cluster.toml", "x", false, false, "by hand"},
            {"a ledger", "state/ledger.db", "x", false, false, "belongs to a cluster"},
            {"a lost ledger", "state/member", "member 1\n", false, false, "belongs to a cluster"},
            {"a removed node", "state/removed", "x", false, false, "was removed"},
            {"only a node.toml that a cut-off reset left", "etc/node.toml", "x", true, true, ""},
        };
        // clang-format on
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const Place place;
            place.put(row.file, row.text);
            const Traces found = traces(place.folders());
            const auto init = occupied(found, Traces::Begun::founding);
            const auto join = occupied(found, Traces::Begun::joining);
            CHECK(!init == row.init_goes);
            CHECK(!join == row.join_goes);
            const std::string told = (init ? init->why : "") + (join ? join->why : "");
            CHECK(told.find(row.told) != std::string::npos);
            CHECK((told.empty() ||
                   (init ? init : join)->remedy.find("reset-node") != std::string::npos));
        }
    }

    TEST_CASE("a host that is no node, or half of one, is told what it is") {
        using Begun = Traces::Begun;
        struct Row {
            const char* why;
            Traces found;
            const char* told;
        };
        const Row rows[] = {
            {"bare", {}, "belongs to no cluster"},
            {"begun", {.begun = Begun::founding}, "not founded yet"},
            {"all files are there",
             {.configured = true, .begun = Begun::founding},
             "not founded yet"},
            {"it has a ledger", {.configured = true, .member = true, .begun = Begun::founding}, ""},
            {"a join", {.configured = true, .begun = Begun::joining}, "has not joined yet"},
            {"a joining node with a ledger",
             {.configured = true, .member = true, .begun = Begun::joining},
             ""},
            {"a reset that was cut off", {.member = true}, "half reset"},
            {"of a removed node", {.removed = true}, "half reset"},
            {"by hand", {.configured = true}, ""},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const auto told = not_a_node(row.found);
            REQUIRE(told.has_value() == (*row.told != '\0'));
            if (told) {
                CHECK(told->what.find(row.told) != std::string::npos);
                CHECK_FALSE(told->why.empty());
                CHECK_FALSE(told->remedy.empty());
            }
        }
    }

    TEST_CASE("the manifest has all that is ours, in the order of its end, and nothing else") {
        const Place place;
        REQUIRE(write_node_files(place.folders(), files));
        for (const char* file : {"state/ledger.db",
                                 "state/ledger.db-wal",
                                 "state/ledger.db-reserve",
                                 "state/ledger.db-old",
                                 "state/ledger.db-next",
                                 "state/recover",
                                 "state/restore",
                                 "state/ledger.db-mine",
                                 "state/events.db",
                                 "state/member",
                                 "state/boot",
                                 "state/run",
                                 "run/inquestd.lock",
                                 "etc/keys/cluster.keys.new",
                                 "etc/boot-id",
                                 "state/notes.txt",
                                 "etc/keys/id_rsa",
                                 "state/ledger.db.new-wal",
                                 "state/events.db.damaged",
                                 "state/events.db.damaged-wal",
                                 "state/run.earlier",
                                 "state/run.last-boot"})
            place.put(file, "x");
        std::vector<std::string> found;
        for (const auto& file : manifest(place.folders()))
            found.push_back(file.lexically_relative(place.root).string());
        CHECK(found == std::vector<std::string>{"etc/cluster.toml",
                                                "state/begin",
                                                "state/recover",
                                                "state/restore",
                                                "state/ledger.db",
                                                "state/ledger.db-next",
                                                "state/ledger.db-old",
                                                "state/ledger.db-reserve",
                                                "state/ledger.db-wal",
                                                "state/ledger.db.new-wal",
                                                "state/events.db",
                                                "state/events.db.damaged",
                                                "state/events.db.damaged-wal",
                                                "state/member",
                                                "state/boot",
                                                "state/run",
                                                "state/run.earlier",
                                                "state/run.last-boot",
                                                "run/inquestd.lock",
                                                "etc/keys/cluster.keys",
                                                "etc/keys/cluster.keys.new",
                                                "etc/node.toml"});
    }

    TEST_CASE("the manifest of a bare host is empty") {
        const Place place;
        CHECK(manifest(place.folders()).empty());
    }
}

}  // namespace
}  // namespace inquest::cli
