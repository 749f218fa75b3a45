// The control socket of inquestd, from the asking side: one message out, messages back.
#pragma once

#include "heartbeat/wire/local.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace inquest::cli {

/// No wait lasts longer, except one for events that are yet to happen.
inline constexpr std::chrono::seconds wait_max{5};

class Client {
 public:
    enum class Wait : std::uint8_t { bounded, for_ever };

    template <typename T>
    using Or = tl::expected<T, wire::ErrorReply>;

    /// Connects to `folder`/inquestd.sock.
    static Or<Client> connect(const std::filesystem::path& folder);

    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) = delete;
    ~Client();

    Or<void> send(const wire::Request& request);

    /// The next message; an error reply of the daemon comes back as the error that it is.
    Or<std::string> receive(Wait wait);

 private:
    Client(int socket, std::filesystem::path path);
    wire::ErrorReply trouble(int error) const;

    int socket_;
    std::filesystem::path path_;
};

}  // namespace inquest::cli
