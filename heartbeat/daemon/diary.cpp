#include "heartbeat/daemon/diary.hpp"

#include <algorithm>
#include <utility>

namespace inquest::daemon {
namespace {

/// Longer than any line that was ever written; what is longer was not written by inquestd.
constexpr std::size_t body_bytes_max = 16 * 1024;

/// So much is written in one transaction.
constexpr std::size_t batch_max = 512;

std::int64_t nanoseconds(endings::Wall wall) { return wall.time_since_epoch().count(); }

}  // namespace

Diary::Diary(Options options) : options_(std::move(options)) {}

void Diary::add(endings::Wall wall, std::string body) {
    if (unsaved_.size() == options_.unsaved_max) {
        unsaved_.pop_front();
        ++lost_;
    }
    unsaved_.push_back({.number = 0, .wall_ns = nanoseconds(wall), .body = std::move(body)});
}

void Diary::save() {
    if (!open()) return;
    while (!unsaved_.empty()) {
        const std::size_t count = std::min(unsaved_.size(), batch_max);
        const auto end = unsaved_.begin() + static_cast<std::ptrdiff_t>(count);
        const std::vector<store::StoredEvent> batch(unsaved_.begin(), end);
        const std::uint64_t before = store_->next();
        const auto done = store_->append(batch);
        // Only the tidying up after a batch may have failed: then the batch itself is there.
        if (store_->next() != before) unsaved_.erase(unsaved_.begin(), end);
        if (!done) return failed(done.error());
    }
    trouble_.clear();
}

bool Diary::open() {
    if (store_) return true;
    auto opened = store::EventsDatabase::open(options_.file, options_.store);
    if (!opened) {
        trouble_ = opened.error().line;
        return false;
    }
    if (opened->set_aside) set_aside_ = *opened->set_aside;
    store_.emplace(std::move(opened->events));
    ++opening_;
    return true;
}

void Diary::failed(const std::error_code& error) {
    trouble_ = options_.file.string() + ": cannot be written (" + error.message() +
               "): free space or mend the disk";
    // Opening it anew sets it aside.
    if (store::is_damage(error)) store_.reset();
}

void Diary::close() {
    if (store_) store_->close();
    store_.reset();
}

std::string Diary::take_set_aside() { return std::exchange(set_aside_, {}); }

// ---- Reading -----------------------------------------------------------------------------------

std::uint64_t Diary::next_number() const { return store_ ? store_->next() : 1; }

Bookmark Diary::begin(std::optional<endings::Wall> since) {
    open();
    Bookmark bookmark{.next = store_ ? store_->first() : 1,
                      .end = next_number() + unsaved_.size(),
                      .written = next_number(),
                      .lost = lost_,
                      .opening = opening_};
    if (!since) return bookmark;
    const std::int64_t wall_ns = std::max<std::int64_t>(nanoseconds(*since), 0);
    bookmark.next = next_number();
    if (store_) bookmark.next = store_->since(wall_ns).value_or(bookmark.next);
    if (bookmark.next < next_number()) return bookmark;
    const auto first = std::find_if(unsaved_.begin(), unsaved_.end(),
                                    [&](const auto& event) { return event.wall_ns >= wall_ns; });
    bookmark.next += static_cast<std::uint64_t>(first - unsaved_.begin());
    return bookmark;
}

Page Diary::read(Bookmark bookmark) {
    Page page;
    if (bookmark.opening != opening_) {
        page.trouble = "the store of events was opened anew meanwhile: ask again";
        return page;
    }
    catch_up(bookmark);
    if (bookmark.next < next_number()) stored(bookmark, page);
    if (!page.trouble.empty()) return page;
    if (bookmark.next < std::min(next_number(), bookmark.end)) {
        page.rest = bookmark;
        return page;
    }
    for (; bookmark.next < bookmark.end; ++bookmark.next) {
        const std::uint64_t place = bookmark.next - next_number();
        if (place >= unsaved_.size()) break;
        page.events.push_back(unsaved_[place].body);
    }
    return page;
}

/// What was lost stood between the written ones and the others, so the others moved up.
void Diary::catch_up(Bookmark& bookmark) const {
    const std::uint64_t gone = lost_ - bookmark.lost;
    for (std::uint64_t* place : {&bookmark.next, &bookmark.end}) {
        if (*place <= bookmark.written) continue;
        *place = std::max(*place - std::min(gone, *place), bookmark.written);
    }
    bookmark.lost = lost_;
    bookmark.written = next_number();
}

/// The next page of those in the file.
void Diary::stored(Bookmark& bookmark, Page& page) {
    const std::uint64_t end = std::min(bookmark.end, next_number());
    bookmark.next = std::max(bookmark.next, store_->first());
    const auto count =
        std::min<std::uint64_t>(options_.page_max, end - std::min(end, bookmark.next));
    std::uint64_t last = bookmark.next + count;
    const auto done = store_->read(bookmark.next, count, [&](const store::StoredEvent& event) {
        if (event.number < end && event.body.size() <= body_bytes_max) {
            page.events.push_back(event.body);
        }
        last = std::max(last, event.number + 1);
    });
    bookmark.next = last;
    if (!done) {
        page.trouble = options_.file.string() + ": cannot be read (" + done.error().message() + ")";
    }
}

}  // namespace inquest::daemon
