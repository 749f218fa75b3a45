#include "heartbeat/daemon/reload.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace inquest::daemon {

Reload::Reload(boost::asio::io_context& io, std::filesystem::path etc,
               std::function<void(Files)> done)
    : io_(io), etc_(std::move(etc)), done_(std::move(done)), thread_([this] { run(); }) {}

Reload::~Reload() {
    ending_ = true;
    wake_.release();
    thread_.join();
}

void Reload::ask() {
    if (!asked_.exchange(true)) wake_.release();
}

void Reload::run() {
    for (;;) {
        wake_.acquire();
        if (ending_) return;
        asked_ = false;
        // Asio copies what it posts, and a keyring cannot be copied.
        const auto files = std::make_shared<Files>(read_host_files(etc_));
        boost::asio::post(io_, [this, files] { done_(std::move(*files)); });
    }
}

}  // namespace inquest::daemon
