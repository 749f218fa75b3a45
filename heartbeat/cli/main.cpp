// inquest: asks this node's inquestd, and shows the answer.
#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/run.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    using namespace inquest;
    try {
        const auto command = cli::parse_command(std::vector<std::string>(argv + 1, argv + argc));
        if (command) return static_cast<int>(cli::run(*command));
        const bool wrong = command.error().kind == cli::Aside::Kind::wrong_usage;
        std::fputs(command.error().text.c_str(), wrong ? stderr : stdout);
        return static_cast<int>(wrong ? wire::Exit::usage : wire::Exit::healthy);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "inquest: failed: %s: report this\n", failure.what());
        return static_cast<int>(wire::Exit::failed);
    }
}
