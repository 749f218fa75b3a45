// inquest-fenced: runs the fence agents that switch lost nodes off, as inquestd orders.
#include "fence/run.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    CLI::App app{
        "inquest-fenced: runs the fence agents that switch lost nodes off, as inquestd orders.\n"
        "Normally started by systemd."};
    inquest::fence::Folders folders;
    app.add_option("--run", folders.run, "Folder of the sockets")->capture_default_str();
    app.add_option("--etc", folders.etc, "Folder above fence/, which has the secrets of devices")
        ->capture_default_str();
    app.add_option("--agents", folders.agents, "Folder of the agents, for tests")
        ->capture_default_str();
    app.set_version_flag("--version", INQUEST_VERSION);
    const CLI::App* const check = app.add_subcommand(
        "check", "Reads a list of devices as JSON, and writes what is wrong with them");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return check->parsed() ? inquest::fence::check(folders) : inquest::fence::run(folders);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "inquest-fenced: %s\n", failure.what());
        return 1;
    }
}
