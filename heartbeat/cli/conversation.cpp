#include "heartbeat/cli/conversation.hpp"

#include <cstdio>
#include <utility>

namespace inquest::cli {
namespace {

wire::ErrorReply not_understood() {
    return {{"inquestd's answer is not understood", "it is no JSON object",
             "install inquest and inquestd of one version"},
            wire::Exit::failed};
}

}  // namespace

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void say(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string refusal_text(const wire::ErrorReply& refusal) {
    std::string text = "inquest";
    for (const std::string& part : {refusal.error.what, refusal.error.why, refusal.error.remedy}) {
        if (!part.empty()) text += ": " + clean(part);
    }
    return text + "\n";
}

wire::Exit refused(const wire::ErrorReply& refusal) {
    say(refusal_text(refusal));
    // A daemon that refuses and calls that healthy is not believed.
    return refusal.exit == wire::Exit::healthy ? wire::Exit::failed : refusal.exit;
}

wire::Exit refused(std::string what, std::string why, std::string remedy, wire::Exit exit) {
    return refused(wire::ErrorReply{{std::move(what), std::move(why), std::move(remedy)}, exit});
}

Or<Json> receive(Client& client, Client::Wait wait) {
    const Or<std::string> text = client.receive(wait);
    if (!text) return tl::unexpected(text.error());
    auto json = parse_reply(*text);
    if (!json) return tl::unexpected(not_understood());
    return std::move(*json);
}

Or<Json> ask(const std::filesystem::path& run, const wire::Request& request) {
    Or<Client> client = Client::connect(run);
    if (!client) return tl::unexpected(client.error());
    if (const auto sent = client->send(request); !sent) return tl::unexpected(sent.error());
    return receive(*client, Client::Wait::bounded);
}

}  // namespace inquest::cli
