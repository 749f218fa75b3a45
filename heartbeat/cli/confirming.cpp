#include "heartbeat/cli/confirming.hpp"

#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <pwd.h>
#include <unistd.h>

namespace inquest::cli {

bool is_typed(const std::string& prompt, const std::string& word) {
    say(prompt);
    std::string typed;
    std::getline(std::cin, typed);
    return typed == word;
}

bool is_confirmed(const Command& command, const std::string& cluster) {
    const std::string& given = command.life.confirm;
    if (!given.empty()) return given == cluster;
    return is_typed("\nThis cannot be taken back. Type the cluster's name (" + cluster +
                        ") if all of this is so: ",
                    cluster);
}

wire::Exit not_confirmed() {
    return refused("nothing was changed", "the name of another cluster was typed",
                   "type the cluster's name, or give it with --confirm");
}

std::string person() {
    const char* behind_sudo = std::getenv("SUDO_USER");
    const passwd* known = ::getpwuid(::getuid());
    std::string name = behind_sudo != nullptr ? behind_sudo
                       : known != nullptr     ? known->pw_name
                                              : "";
    const auto is_odd = [](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        return byte <= 0x20 || byte >= 0x7f;
    };
    name.erase(std::remove_if(name.begin(), name.end(), is_odd), name.end());
    if (name.empty()) name = "uid-" + std::to_string(::getuid());
    return name.substr(0, name_bytes_max);
}

}  // namespace inquest::cli
