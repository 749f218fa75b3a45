// What the tests of endings and of the diary share: a folder, and records made short.
#pragma once

#include "heartbeat/endings/run_record.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace inquest::endings {

/// A folder of its own for one test, gone afterwards.
class Folder {
 public:
    Folder() {
        char name[] = "/tmp/inquest-unit-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    void write(const std::filesystem::path& name, const std::string& text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
    }

 private:
    std::filesystem::path path_;
};

/// 2026-11-22T14:00:00Z, and so many seconds more.
inline Wall clock_at(int seconds) { return Wall(std::chrono::seconds(1'795'356'000 + seconds)); }

inline RunRecord run_of(const char* boot_id, std::uint32_t incarnation, std::uint32_t session,
                        Ending ending = {}, int alive = 60) {
    return {.incarnation = Incarnation(incarnation),
            .session = Session(session),
            .boot_id = boot_id,
            .started = clock_at(0),
            .alive = clock_at(alive),
            .ending = ending};
}

}  // namespace inquest::endings
