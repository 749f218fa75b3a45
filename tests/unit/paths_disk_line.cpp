// Between two threads without a lock: what is put last, and what is put in its order.
#include "heartbeat/paths/disk_line.hpp"

#include <doctest/doctest.h>

namespace inquest::paths {

TEST_SUITE("paths.disk_line") {
    TEST_CASE("the newest wins, and is taken once") {
        NewestWins<int> place;
        CHECK(place.take() == nullptr);
        place.place() = 1;
        CHECK(place.publish());
        place.place() = 2;
        CHECK_FALSE(place.publish());
        const int* taken = place.take();
        REQUIRE(taken != nullptr);
        CHECK(*taken == 2);
        place.place() = 3;
        CHECK(*taken == 2);
        CHECK(place.publish());
        CHECK(*taken == 2);
        REQUIRE(place.take() != nullptr);
        CHECK(place.take() == nullptr);
    }

    TEST_CASE("a queue keeps its order and its bound") {
        Queue<int, 2> queue;
        CHECK(queue.first() == nullptr);
        for (const int number : {1, 2}) {
            REQUIRE(queue.place() != nullptr);
            *queue.place() = number;
            queue.put();
        }
        CHECK(queue.place() == nullptr);
        for (const int number : {1, 2}) {
            REQUIRE(queue.first() != nullptr);
            CHECK(*queue.first() == number);
            queue.drop();
        }
        CHECK(queue.first() == nullptr);
        CHECK(queue.place() != nullptr);
    }
}

}  // namespace inquest::paths
