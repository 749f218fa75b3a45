#include "heartbeat/wire/local.hpp"

#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/change_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace inquest::wire {

namespace {

using Json = nlohmann::json;

constexpr std::array every_verb{Verb::status, Verb::paths,      Verb::explain, Verb::events,
                                Verb::doctor, Verb::ledger,     Verb::ask,     Verb::handling,
                                Verb::token,  Verb::state_text, Verb::backup,  Verb::recover,
                                Verb::guard};
static_assert(every_verb.size() == verbs);

constexpr std::string_view versions_remedy = "use an `inquest` of the same version as inquestd";

/// Invalid UTF-8 is replaced: a reply must never fail to be written.
std::string on_one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Nothing where the text is not JSON.
Json parsed(std::string_view text) {
    constexpr bool exceptions = false;
    return Json::parse(text.begin(), text.end(), nullptr, exceptions);
}

bool is_text(const Json& object, const char* name) {
    return object.is_object() && object.contains(name) && object[name].is_string();
}

/// Text that came from outside, made fit to stand in a message.
std::string quoted(const std::string& text) {
    constexpr std::size_t shown_max = 40;
    return "`" + (text.size() <= shown_max ? text : text.substr(0, shown_max) + "...") + "`";
}

tl::unexpected<Complaint> refused(std::string why, std::string remedy) {
    return tl::unexpected(Complaint{"request refused", std::move(why), std::move(remedy)});
}

std::optional<Verb> verb_of(const std::string& text) {
    for (const Verb verb : every_verb) {
        if (word(verb) == text) return verb;
    }
    return std::nullopt;
}

std::string all_verbs() {
    std::string list;
    for (const Verb verb : every_verb) {
        if (!list.empty()) list += ' ';
        list += word(verb);
    }
    return list;
}

/// A name that can stand in a log line and on a terminal: not empty, no control character.
bool presentable(const std::string& name) {
    if (name.empty() || name.size() > request_name_bytes_max) return false;
    for (const char character : name) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte <= 0x20 || byte == 0x7f) return false;
    }
    return true;
}

using Read = tl::expected<void, Complaint>;

Read read_verb(const Json& value, Request& request) {
    if (!value.is_string()) return refused("`verb` is not a string", "use one of " + all_verbs());
    const std::optional<Verb> verb = verb_of(value.get_ref<const std::string&>());
    if (!verb) {
        return refused("unknown verb " + quoted(value.get_ref<const std::string&>()),
                       "use one of " + all_verbs());
    }
    request.verb = *verb;
    return {};
}

Read read_node(const Json& value, Request& request) {
    if (!value.is_string() || !presentable(value.get_ref<const std::string&>())) {
        return refused("`node` is not the name of a node", "give the name as cluster.toml has it");
    }
    request.node = value.get<std::string>();
    return {};
}

std::int64_t whole_ms(Duration length) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
}

/// A length of 0 to `longest`, in whole milliseconds.
Read read_length(const Json& value, std::string_view name, Duration longest,
                 std::optional<Duration>& length) {
    const std::int64_t most = whole_ms(longest);
    const bool in_range = value.is_number_unsigned() &&
                          value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
    if (!in_range) {
        return refused(
            "`" + std::string(name) + "` is not a whole number from 0 to " + std::to_string(most),
            "give a length in milliseconds");
    }
    length = std::chrono::milliseconds(value.get<std::int64_t>());
    return {};
}

Read read_since(const Json& value, Request& request) {
    return read_length(value, "since_ms", since_max, request.since);
}

Read read_within(const Json& value, Request& request) {
    return read_length(value, "within_ms", within_max, request.within);
}

Read read_follow(const Json& value, Request& request) {
    if (!value.is_boolean()) return refused("`follow` is not a boolean", "use true or false");
    request.follow = value.get<bool>() ? Follow::yes : Follow::no;
    return {};
}

Read read_change(const Json& value, Request& request) {
    auto change = change_of(value);
    if (!change) {
        return refused("`change` is not understood: " + change.error(),
                       std::string(versions_remedy));
    }
    request.change = std::move(*change);
    return {};
}

Read read_request(const Json& value, Request& request) {
    const auto bytes = value.is_string() ? from_hex<std::array<std::byte, sizeof(RequestId)>>(
                                               value.get_ref<const std::string&>())
                                         : std::nullopt;
    std::uint64_t number = 0;
    for (const std::byte byte : bytes.value_or(std::array<std::byte, sizeof(RequestId)>{}))
        number = number << 8 | std::to_integer<std::uint64_t>(byte);
    if (number == 0) {
        return refused("`request` is not the number of a request",
                       "give the 16 hexadecimal digits that the answer to `ask` had");
    }
    request.request = RequestId(number);
    return {};
}

Read read_secret(const Json& value, Request& request) {
    if (value.is_string()) request.secret = from_hex<Secret>(value.get_ref<const std::string&>());
    if (request.secret) return {};
    return refused("`secret` is not 32 hexadecimal digits",
                   "give the secret that the answer to `ask` had");
}

bool is_name(const Json& object, const char* name) {
    return is_text(object, name) && presentable(object[name].get_ref<const std::string&>());
}

bool is_number(const Json& object, const char* name, std::uint64_t most) {
    return object.contains(name) && object[name].is_number_unsigned() &&
           object[name].get<std::uint64_t>() <= most;
}

Read read_recovery(const Json& value, Request& request) {
    constexpr std::size_t fields = 4;
    constexpr auto any = std::numeric_limits<std::uint64_t>::max();
    const bool sound = is_name(value, "cluster") && is_name(value, "person") &&
                       is_number(value, "generation", std::numeric_limits<std::uint32_t>::max()) &&
                       is_number(value, "entry", any) && value.size() == fields;
    if (!sound)
        return refused("`recovery` is not what `inquest recover-quorum` sends",
                       std::string(versions_remedy));
    request.recovery = RecoveryOrder{.cluster = value["cluster"],
                                     .generation = value["generation"],
                                     .entry = value["entry"],
                                     .person = value["person"]};
    return {};
}

Read read_guests(const Json& value, Request& request) {
    for (const Guests guests : {Guests::some, Guests::none}) {
        if (value == word(guests)) {
            request.guests = guests;
            return {};
        }
    }
    return refused("`guests` is neither `some` nor `none`",
                   "say `some` unless it is certain that no guarded VM runs");
}

/// A field of a request, and the verbs that it goes with.
struct FieldRule {
    std::string_view name;
    Read (*read)(const Json&, Request&);
    std::array<Verb, 2> verbs;
    std::string_view called;  ///< those verbs, for people
    enum class Must : std::uint8_t { no, yes } must;
    std::string_view remedy;  ///< where it is missing
};

using Must = FieldRule::Must;

constexpr std::array<FieldRule, 9> field_rules{{
    {"node",
     read_node,
     {Verb::explain, Verb::token},
     "explain and token",
     Must::yes,
     "say which node is meant"},
    {"since_ms", read_since, {Verb::events, Verb::events}, "events", Must::no, ""},
    {"within_ms", read_within, {Verb::ask, Verb::ask}, "ask", Must::no, ""},
    {"follow", read_follow, {Verb::events, Verb::events}, "events", Must::no, ""},
    {"change", read_change, {Verb::ask, Verb::ask}, "ask", Must::yes, "say what is to be changed"},
    {"request",
     read_request,
     {Verb::handling, Verb::handling},
     "handling",
     Must::yes,
     "say which request is meant"},
    {"secret",
     read_secret,
     {Verb::token, Verb::token},
     "token",
     Must::yes,
     "show the secret of the invitation"},
    {"recovery",
     read_recovery,
     {Verb::recover, Verb::recover},
     "recover",
     Must::yes,
     "say what is to be given up"},
    {"guests", read_guests, {Verb::guard, Verb::guard}, "guard", Must::yes, "say what runs"},
}};

Read read_field(const std::string& name, const Json& value, Request& request) {
    if (name == "verb") return read_verb(value, request);
    for (const FieldRule& rule : field_rules) {
        if (rule.name == name) return rule.read(value, request);
    }
    return refused("unknown field " + quoted(name), std::string(versions_remedy));
}

/// Each field is there if its verb needs it, and only where it goes with the verb.
Read fields_fit(const Json& fields, const Request& request) {
    if (!fields.contains("verb")) return refused("`verb` is missing", "use one of " + all_verbs());
    for (const FieldRule& rule : field_rules) {
        const std::string name = "`" + std::string(rule.name) + "`";
        const bool there = fields.contains(rule.name);
        const bool goes = std::count(rule.verbs.begin(), rule.verbs.end(), request.verb) > 0;
        if (there && !goes)
            return refused(name + " goes with " + std::string(rule.called) + " only",
                           "leave it out");
        if (!there && goes && rule.must == Must::yes)
            return refused(name + " is missing", std::string(rule.remedy));
    }
    return {};
}

}  // namespace

std::string_view word(Verb verb) {
    switch (verb) {
        case Verb::status: return "status";
        case Verb::paths: return "paths";
        case Verb::explain: return "explain";
        case Verb::events: return "events";
        case Verb::doctor: return "doctor";
        case Verb::ledger: return "ledger";
        case Verb::ask: return "ask";
        case Verb::handling: return "handling";
        case Verb::token: return "token";
        case Verb::state_text: return "state-text";
        case Verb::backup: return "backup";
        case Verb::recover: return "recover";
        case Verb::guard: return "guard";
    }
    return "?";
}

std::string to_text(RequestId request) {
    std::array<std::byte, sizeof request> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(request.value >> (8 * (bytes.size() - 1 - i)));
    return hex(bytes);
}

tl::expected<Request, Complaint> parse_request(std::string_view text) {
    if (text.size() > request_bytes_max) {
        return refused("it is longer than " + std::to_string(request_bytes_max) + " bytes",
                       std::string(versions_remedy));
    }
    const Json fields = parsed(text);
    if (!fields.is_object()) {
        return refused("it is not a JSON object", R"(send one such as {"verb":"status"})");
    }
    Request request;
    for (const auto& [name, value] : fields.items()) {
        if (const Read read = read_field(name, value, request); !read) {
            return tl::unexpected(read.error());
        }
    }
    if (const Read fit = fields_fit(fields, request); !fit) return tl::unexpected(fit.error());
    return request;
}

std::string to_text(const Request& request) {
    Json fields;
    fields["verb"] = word(request.verb);
    if (!request.node.empty()) fields["node"] = request.node;
    if (request.since) fields["since_ms"] = whole_ms(*request.since);
    if (request.within) fields["within_ms"] = whole_ms(*request.within);
    if (request.follow == Follow::yes) fields["follow"] = true;
    if (request.change) fields["change"] = to_json(*request.change);
    if (request.request != RequestId{}) fields["request"] = to_text(request.request);
    if (request.secret) fields["secret"] = hex(*request.secret);
    if (request.recovery) {
        fields["recovery"] = {{"cluster", request.recovery->cluster},
                              {"generation", request.recovery->generation},
                              {"entry", request.recovery->entry},
                              {"person", request.recovery->person}};
    }
    if (request.guests != Guests::unknown) fields["guests"] = word(request.guests);
    return on_one_line(fields);
}

std::string to_text(const ErrorReply& reply) {
    Json fields;
    Json& error = fields["error"];
    error["what"] = reply.error.what;
    error["why"] = reply.error.why;
    error["remedy"] = reply.error.remedy;
    fields["exit"] = static_cast<int>(reply.exit);
    return on_one_line(fields);
}

std::optional<ErrorReply> parse_error_reply(std::string_view text) {
    const Json reply = parsed(text);
    if (!reply.is_object() || !reply.contains("error") || !reply.contains("exit")) {
        return std::nullopt;
    }
    const Json& error = reply["error"];
    const Json& exit = reply["exit"];
    const bool complete = is_text(error, "what") && is_text(error, "why") &&
                          is_text(error, "remedy") && exit.is_number_unsigned() && exit <= 5U;
    if (!complete) return std::nullopt;
    const Complaint complaint{error["what"], error["why"], error["remedy"]};
    return ErrorReply{complaint, static_cast<Exit>(exit.get<int>())};
}

}  // namespace inquest::wire
