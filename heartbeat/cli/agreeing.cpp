#include "heartbeat/cli/agreeing.hpp"

#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/handling_text.hpp"
#include "heartbeat/wire/binary_text.hpp"

#include <optional>

namespace inquest::cli {
namespace {

constexpr const char* withdrawn =
    "nothing is changed, now or later; give the command again when that is mended";
constexpr const char* may_still_happen =
    "it is written by a coordinator, and will be carried out once if a majority comes back: see "
    "`inquest events`; the same command may be given again";

/// The request that the daemon's answer names, as the one that asks what became of it.
std::optional<wire::Request> follow_up(const Json& answer) {
    const auto request = wire::parse_request(R"({"verb":"handling","request":")" +
                                             text_of(answer, "request") + "\"}");
    if (!request) return std::nullopt;
    return *request;
}

/// What has become of the request; `waiting` where it has not been handled in time.
Judgement outcome(const Command& command, const wire::Request& question, Waiting& waiting) {
    for (;;) {
        const Or<Json> handling = ask(command.run, question);
        Judgement judged{.late = wire::Exit::failed};
        if (handling) {
            judged = judge(*handling);
        } else if (was_removed(command)) {
            judged.state = Judgement::State::failed;
            judged.failure = handling.error().error;
        } else {  // a daemon that restarts is waited for like anything else
            judged.blocker = handling.error().error.what;
        }
        if (judged.state != Judgement::State::waiting) return judged;
        // inquestd gives up at the same time, and then says what became of it.
        if (!waiting.goes_on(judged.blocker) && !waiting.lingers()) return judged;
    }
}

wire::ErrorReply not_understood() {
    return {{"inquestd's answer is not understood", "it names no request",
             "install inquest and inquestd of one version"},
            wire::Exit::failed};
}

}  // namespace

Or<Agreed> agree(const Command& command, const wire::Change& change, const std::string& what,
                 Waiting& waiting) {
    for (;;) {
        wire::Request asking{.verb = wire::Verb::ask};
        asking.change = change;
        asking.within = waiting.left();
        Or<Json> answer = ask(command, asking);
        if (!answer) return tl::unexpected(answer.error());
        const auto question = follow_up(*answer);
        if (!question) return tl::unexpected(not_understood());
        Judgement judged = outcome(command, *question, waiting);
        switch (judged.state) {
            case Judgement::State::agreed: return Agreed{Agreed::News::yes, std::move(*answer)};
            case Judgement::State::already: return Agreed{Agreed::News::no, std::move(*answer)};
            case Judgement::State::failed:
                judged.failure.what = what;
                return tl::unexpected(wire::ErrorReply{judged.failure, wire::Exit::failed});
            case Judgement::State::overtaken:
                if (waiting.goes_on(judged.blocker)) continue;
                break;
            case Judgement::State::withdrawn:
                waiting.goes_on(judged.blocker);
                return tl::unexpected(waiting.ended(what, withdrawn, judged.late));
            case Judgement::State::late:
            case Judgement::State::waiting: break;
        }
        waiting.goes_on(judged.blocker);
        return tl::unexpected(waiting.ended(what, may_still_happen, judged.late));
    }
}

bool was_removed(const Command& command) {
    const Or<Json> reply = ask(command, {.verb = wire::Verb::ledger});
    return reply && (flag_of(*reply, "removed") || text_of(*reply, "mode") == "removed");
}

Or<Json> ledger(const Command& command) {
    Or<Json> reply = ask(command, {.verb = wire::Verb::ledger});
    if (!reply) return reply;
    const std::string mode = text_of(*reply, "mode");
    if (mode == "ledger") return reply;
    if (mode == "removed" || flag_of(*reply, "removed"))
        return tl::unexpected(wire::ErrorReply{
            {"this node was removed from its cluster", text_of(*reply, "word"),
             "`inquest reset-node` makes it a bare node again, which can be invited anew"},
            wire::Exit::failed});
    if (mode == "static")
        return tl::unexpected(wire::ErrorReply{
            {"this node has no ledger", "its members are those that cluster.toml lists by hand",
             "`inquest reset-node` makes it a bare node; then `inquest init` or `inquest join`"},
            wire::Exit::failed});
    return tl::unexpected(wire::ErrorReply{
        {"this node has lost its ledger", text_of(*reply, "word"),
         "run `inquest remove` for it on another node, reset it, and invite it anew"},
        wire::Exit::failed});
}

}  // namespace inquest::cli
