#include "fence/agent_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace inquest::fence {
namespace {

constexpr std::string_view agent_prefix = "fence_";
/// Of what an agent has written that is shown to a person.
constexpr std::size_t shown_bytes_max = 200;

void add(std::string& input, std::string_view name, std::string_view value) {
    input.append(name).append("=").append(value).append("\n");
}

bool is_plug(std::string_view option) { return option == "plug" || option == "port"; }

void add_all(std::string& input, const std::vector<FenceOption>& options, bool plug_is_known) {
    for (const FenceOption& option : options) {
        const bool is_ours = is_plug(option.name) ? plug_is_known : is_reserved(option.name);
        if (!is_ours) add(input, option.name, option.value);
    }
}

/// The last line that says anything: there an agent says why.
std::string_view last_line(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t end = text.find_last_not_of(blank);
    if (end == std::string_view::npos) return {};
    text = text.substr(0, end + 1);
    const std::size_t begin = text.find_last_of('\n');
    std::string_view line = begin == std::string_view::npos ? text : text.substr(begin + 1);
    return line.substr(std::min(line.find_first_not_of(blank), line.size()));
}

bool has_word_off(std::string_view text) {
    const auto is_letter = [](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0;
    };
    std::string lower(text);
    for (char& letter : lower)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    for (std::size_t at = lower.find("off"); at != std::string::npos;
         at = lower.find("off", at + 1)) {
        const bool begins = at == 0 || !is_letter(lower[at - 1]);
        const bool ends = at + 3 == lower.size() || !is_letter(lower[at + 3]);
        if (begins && ends) return true;
    }
    return false;
}

std::string how_it_ended(const ProcessEnd& end) {
    switch (end.how) {
        case ProcessEnd::How::exited: return fmt::format("exit code {}", end.number);
        case ProcessEnd::How::signalled:
            return fmt::format("died of signal {} ({})", end.number, ::strsignal(end.number));
        case ProcessEnd::How::out_of_time: return "no answer in its time, ended";
        case ProcessEnd::How::given_up: return "given up, ended";
        case ProcessEnd::How::not_started:
            return fmt::format("cannot be started: {}", std::strerror(end.number));
    }
    return "?";
}

}  // namespace

bool is_agent_name(std::string_view name) {
    if (name.substr(0, agent_prefix.size()) != agent_prefix) return false;
    name.remove_prefix(agent_prefix.size());
    return !name.empty() && name.size() <= fence_word_bytes_max &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                      letter == '_' || letter == '-';
           });
}

std::string_view word(AgentAction action) {
    switch (action) {
        case AgentAction::off: return "off";
        case AgentAction::status: return "status";
        case AgentAction::monitor: return "monitor";
        case AgentAction::metadata: return "metadata";
    }
    return "?";
}

bool is_reserved(std::string_view option) {
    // `option` is what the action was called before 2010; some agents still read it.
    constexpr std::array<std::string_view, 3> reserved{"action", "option", "nodename"};
    return std::find(reserved.begin(), reserved.end(), option) != reserved.end();
}

std::vector<std::string> agent_environment() {
    // Most agents are Python, whose warnings would stand where the reason is looked for.
    return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "LC_ALL=C", "PYTHONWARNINGS=ignore"};
}

std::string agent_input(AgentAction action, const wire::AgentCall& call,
                        const std::vector<FenceOption>& secrets) {
    std::string input;
    constexpr std::size_t usual_bytes = 8192;
    input.reserve(usual_bytes);  // so that no copy of a secret is left behind
    if (action != AgentAction::metadata) {
        const bool plug_is_known = !call.plug.empty();
        add_all(input, call.device.options, plug_is_known);
        add_all(input, secrets, plug_is_known);
        add(input, "nodename", call.node);
        if (plug_is_known) {
            add(input, "port", call.plug);
            add(input, "plug", call.plug);
        }
    }
    add(input, "action", word(action));
    return input;
}

StatusWord status_word(const ProcessEnd& end) {
    constexpr int on_code = 0;
    constexpr int off_code = 2;
    if (end.how != ProcessEnd::How::exited) return StatusWord::unclear;
    if (end.number == on_code) return StatusWord::on;
    if (end.number != off_code) return StatusWord::unclear;
    return has_word_off(end.output) ? StatusWord::off : StatusWord::off_by_code_alone;
}

std::string described(std::string_view what, const ProcessEnd& end) {
    std::string text = fmt::format("{}: {}", what, how_it_ended(end));
    std::string_view said = last_line(end.error);
    if (said.empty()) said = last_line(end.output);
    if (!said.empty()) text += fmt::format(": {}", said.substr(0, shown_bytes_max));
    return text;
}

}  // namespace inquest::fence
