// The store's thread: answers in order, and what was answered survives kill -9, a full disk and a
// disk that fails.
#include "heartbeat/store/keeper.hpp"
#include "tests/unit/store_files.hpp"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <future>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

namespace inquest::store {
namespace {

using ledger::Persist;
using ledger::Persisted;

/// Term and last entry rise together, so that half a transaction would show.
Persist step(std::uint64_t number, std::uint64_t index, std::size_t size = 40) {
    Persist persist{.number = number,
                    .ballot = ballot(index, 1),
                    .appended = {entry(index, index, size)},
                    .commit = ledger::Index(index - 1)};
    if (index % 50 == 0) persist.snapshot = snapshot(index - 10, index - 10);
    return persist;
}

/// Is it what `step` wrote, up to some entry, and nothing else?
bool is_sound(const ledger::Restored& restored) {
    const std::uint64_t last = last_of(restored).value;
    if (restored.term.value != last || restored.vote != (last > 0 ? MemberId(1) : nobody)) {
        return false;
    }
    for (const ledger::Entry& e : restored.entries) {
        if (e != entry(e.index.value, e.index.value, e.bytes.size())) return false;
    }
    return true;
}

/// What the sink heard, to be looked at once the keeper has ended.
struct Heard {
    std::vector<std::uint64_t> persisted;
    std::vector<Space> space;
    std::vector<std::string> failures;

    Keeper::Sink sink() {
        return [this](const Answer& answer) {
            if (const auto* done = std::get_if<Persisted>(&answer)) {
                persisted.push_back(done->number);
            } else if (const auto* told = std::get_if<SpaceTold>(&answer)) {
                space.push_back(told->space);
            } else {
                failures.push_back(std::get<Failed>(answer).line);
            }
        };
    }
    bool rises() const {
        return std::adjacent_find(persisted.begin(), persisted.end(), std::greater_equal<>()) ==
               persisted.end();
    }
};

TEST_SUITE("store: keeper") {
    TEST_CASE("answers rise and reach the last number, however they are grouped") {
        for (const std::size_t group_max : {1U, 7U, 64U}) {
            CAPTURE(group_max);
            const StoreFolder folder;
            create_ledger(folder);
            Heard heard;
            {
                Keeper keeper(open_ledger(folder).database, {.group_max = group_max}, heard.sink());
                for (std::uint64_t i = 1; i <= 300; ++i) REQUIRE(keeper.submit(step(i, i)));
            }
            CHECK(heard.rises());
            REQUIRE(!heard.persisted.empty());
            CHECK(heard.persisted.back() == 300);
            CHECK(heard.persisted.size() >= 300 / group_max);
            CHECK(heard.failures.empty());
            CHECK(heard.space == std::vector{Space::enough});
            CHECK(!std::filesystem::exists(folder.log()));
            const ledger::Restored restored = open_ledger(folder).restored;
            CHECK(is_sound(restored));
            CHECK(last_of(restored) == ledger::Index(300));
        }
    }

    TEST_CASE("a queue that is full says so and loses nothing") {
        const StoreFolder folder;
        create_ledger(folder);
        std::promise<void> gate;
        std::shared_future<void> opened(gate.get_future());
        Heard heard;
        std::uint64_t taken = 0;
        {
            // The disk that stands still is a sink that does not return.
            Keeper keeper(open_ledger(folder).database, {.queue_max = 4, .group_max = 2},
                          [sink = heard.sink(), opened](const Answer& answer) {
                              opened.wait();
                              sink(answer);
                          });
            while (keeper.submit(step(taken + 1, taken + 1))) ++taken;
            CHECK(taken >= 4);
            CHECK(taken <= 4 + 2);
            gate.set_value();
        }
        CHECK(heard.persisted.back() == taken);
        CHECK(last_of(open_ledger(folder).restored) == ledger::Index(taken));
    }

    TEST_CASE("kill -9 in the middle of writes: nothing acknowledged is missing") {
        const StoreFolder folder;
        create_ledger(folder);
        std::uint64_t durable = 0;
        for (int round = 1; round <= 24; ++round) {
            CAPTURE(round);
            int acknowledged[2];
            REQUIRE(::pipe2(acknowledged, O_CLOEXEC) == 0);
            const pid_t child = begin_child([&] {
                const auto tell = [&](const Answer& answer) {
                    const auto* done = std::get_if<Persisted>(&answer);
                    if (done == nullptr) return;
                    if (::write(acknowledged[1], &done->number, sizeof done->number) < 0) return;
                };
                auto opened =
                    Database::open(folder.ledger(), own, {.reserve_bytes = 0, .log_pages_max = 20});
                if (!opened) return 1;
                const std::uint64_t last = last_of(opened->restored).value;
                Keeper keeper(std::move(opened->database),
                              {.queue_max = 16, .group_max = std::size_t{8}}, tell);
                for (std::uint64_t i = 1;;) {
                    if (keeper.submit(step(i, last + i, 400))) ++i;
                }
            });
            ::close(acknowledged[1]);
            std::uint64_t number = 0;
            std::uint64_t last = 0;
            for (int i = 0; ::read(acknowledged[0], &number, sizeof number) == sizeof number; ++i) {
                last = number;
                if (i == 3 * round) ::kill(child, SIGKILL);
            }
            ::close(acknowledged[0]);
            REQUIRE(end_of(child) == -SIGKILL);
            const ledger::Restored restored = open_ledger(folder).restored;
            CHECK(is_sound(restored));
            CHECK(last_of(restored) >= ledger::Index(durable + last));
            durable = last_of(restored).value;
        }
    }
}

// ---- Disks that take no more -------------------------------------------------------------------

constexpr int not_possible_here = 77;

/// Root in a name space of one's own, where the kernel allows it.
bool become_root() {
    if (::geteuid() == 0) return ::unshare(CLONE_NEWNS) == 0;
    const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
    const std::string group = "0 " + std::to_string(::getegid()) + " 1";
    if (::unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", user);
    write_file("/proc/self/gid_map", group);
    return ::geteuid() == 0;
}

/// A disk of this size, which ends with the process.
bool mount_small_disk(const std::filesystem::path& folder, const char* size) {
    if (!become_root()) return false;
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    return ::mount("tmpfs", folder.c_str(), "tmpfs", 0, size) == 0;
}

int fill_the_disk(const StoreFolder& folder) {
    if (!mount_small_disk(folder.path(), "size=4m")) return not_possible_here;
    expect(Database::create(folder.ledger(), own, three_voters()).has_value(), "it is created");
    const Database::Options options{.reserve_bytes = 512 << 10, .log_pages_max = 40};
    auto opened = Database::open(folder.ledger(), own, options);
    expect(opened.has_value(), "it opens");
    Database& database = opened->database;
    expect(database.space() == Space::enough, "there is room at first");

    const std::filesystem::path reserve = folder.path() / "ledger.db-reserve";
    std::uint64_t index = 0;
    std::uint64_t low_since = 0;
    std::uint64_t without_reserve = 0;
    Result<void> done;
    while (done && index < 10'000) {
        Persist persist = step(index + 1, index + 1, 4000);
        persist.snapshot.reset();
        done = database.commit({&persist, 1});
        if (!done) break;
        ++index;
        if (database.space() == Space::low && low_since == 0) low_since = index;
        if (std::filesystem::file_size(reserve) == 0) ++without_reserve;
        done = database.tend();
    }
    // It was low long before it failed, and then it fails for good.
    expect(!done && is_full(done.error()), "it ends because the disk is full");
    expect(without_reserve > 50, "the reserve's room was used");
    expect(low_since > 0 && index > low_since + 100, "it was told long before");
    std::filesystem::remove(reserve);
    const Persist more = step(index + 1, index + 1, 10);
    expect(!database.commit({&more, 1}), "a failure is final, also where there is room again");
    database.close();
    opened = tl::unexpected(Refusal{});

    // All that was acknowledged is there, and more than that only as a whole.
    const auto again = Database::open(folder.ledger(), own, {.reserve_bytes = 0});
    if (!again) std::fprintf(stderr, "child: %s\n", again.error().line.c_str());
    expect(again.has_value(), "it opens again");
    expect(is_sound(again->restored), "what is read is what was written");
    expect(last_of(again->restored) >= ledger::Index(index), "nothing is missing");
    return 0;
}

/// `limit` is how far any file can grow: where it is reached depends on `log_pages_max`, in a
/// commit or when the log is moved into the file.
int break_the_disk(const StoreFolder& folder, rlim_t limit, int log_pages_max) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit some{limit, RLIM_INFINITY};
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    expect(Database::create(folder.ledger(), own, three_voters()).has_value(), "it is created");
    auto opened =
        Database::open(folder.ledger(), own, {.reserve_bytes = 0, .log_pages_max = log_pages_max});
    expect(opened.has_value(), "it opens");
    expect(::setrlimit(RLIMIT_FSIZE, &some) == 0, "a limit");
    Heard heard;
    {
        Keeper keeper(std::move(opened->database), {.group_max = 3}, heard.sink());
        for (std::uint64_t i = 1; i <= 900; ++i) {
            Persist persist = step(i, i, 900);
            persist.snapshot.reset();
            expect(keeper.submit(std::move(persist)), "there is room in the queue");
        }
    }
    expect(heard.failures.size() == 1, "the failure is told once");
    expect(heard.failures[0].find("ledger.db: cannot be written") != std::string::npos,
           "the line names the file");
    expect(!heard.persisted.empty() && heard.persisted.back() < 900 && heard.rises(),
           "nothing is answered after it");
    expect(::setrlimit(RLIMIT_FSIZE, &none) == 0, "no limit");
    const auto again = Database::open(folder.ledger(), own, no_reserve);
    expect(again.has_value(), "it opens again");
    expect(is_sound(again->restored), "what is read is what was written");
    expect(last_of(again->restored) >= ledger::Index(heard.persisted.back()), "nothing is missing");
    return 0;
}

TEST_SUITE("store: disks that take no more") {
    TEST_CASE("a full disk is told before a write fails, and the reserve lets the last ones pass") {
        const StoreFolder folder;
        const int end = end_of(begin_child([&] { return fill_the_disk(folder); }));
        if (end == not_possible_here) {
            MESSAGE("skipped: this kernel lets nobody but root mount a small disk");
        } else {
            CHECK(end == 0);
        }
    }

    TEST_CASE("a write that fails is the last word, once, wherever it fails") {
        for (const int log_pages_max : {1'000'000, 10}) {
            for (rlim_t limit = 50'000; limit < 500'000; limit += 29'989) {
                CAPTURE(log_pages_max);
                CAPTURE(limit);
                const StoreFolder folder;
                const auto work = [&] { return break_the_disk(folder, limit, log_pages_max); };
                CHECK(end_of(begin_child(work)) == 0);
            }
        }
    }
}

}  // namespace
}  // namespace inquest::store
