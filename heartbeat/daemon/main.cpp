// inquestd: the daemon that beats, listens and judges on each node.
#include "heartbeat/daemon/keeper_process.hpp"
#include "heartbeat/daemon/run.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <utility>

int main(int argc, char** argv) {
    CLI::App app{
        "inquestd: sends and hears this node's beats, and judges which nodes are alive.\n"
        "Normally started by systemd; ask it with `inquest status`."};
    inquest::daemon::Folders folders;
    app.add_option("--etc", folders.etc, "Folder of node.toml, cluster.toml and keys/")
        ->capture_default_str();
    app.add_option("--state", folders.state, "Folder of what must survive a reboot")
        ->capture_default_str();
    app.add_option("--run", folders.run, "Folder of the sockets")->capture_default_str();
    bool alone = false;
    app.add_flag("--no-keeper", alone,
                 "Without the process that outlives a crash, and starts inquestd again");
    app.set_version_flag("--version", INQUEST_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        if (alone) return inquest::daemon::run(folders, inquest::Descriptor());
        return inquest::daemon::keep([&](inquest::Descriptor keeper) {
            return inquest::daemon::run(folders, std::move(keeper));
        });
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "inquestd: %s\n", failure.what());
        return 1;
    }
}
