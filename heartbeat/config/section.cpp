#include "heartbeat/config/section.hpp"

#include "heartbeat/config/duration.hpp"
#include "heartbeat/config/suggestion.hpp"

#include <algorithm>

namespace inquest::config {
namespace {

/// A person wrote it, so it may be long or odd; a complaint stays one readable line.
std::string shown(std::string_view text) {
    std::string line(text.substr(0, 60));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c >= 0 && (c < ' ' || c == 127); }, '?');
    return "\"" + line + "\"";
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Section::Section(std::string_view file, std::string where, const Value& table,
                 Complaints& complaints)
    : file_(file), where_(std::move(where)), table_(table), complaints_(complaints) {}

std::optional<std::string> Section::text(std::string_view name) const {
    const Value* value = find(name, Value::Type::text, "write it in quotes");
    return value ? std::optional(value->text) : std::nullopt;
}

std::optional<bool> Section::flag(std::string_view name) const {
    const Value* value = find(name, Value::Type::boolean, "write true or false, without quotes");
    return value ? std::optional(value->boolean) : std::nullopt;
}

std::optional<std::int64_t> Section::number(std::string_view name, std::int64_t least,
                                            std::int64_t most) const {
    const std::string range = std::to_string(least) + " to " + std::to_string(most);
    const Value* value =
        find(name, Value::Type::integer, "write a whole number from " + range + ", without quotes");
    if (!value) return std::nullopt;
    if (value->integer >= least && value->integer <= most) return value->integer;
    complain(*value, name, std::to_string(value->integer) + " is out of bounds",
             "set it to a number from " + range);
    return std::nullopt;
}

std::optional<Duration> Section::duration(std::string_view name) const {
    const Value* value =
        find(name, Value::Type::text, "write a number with its unit in quotes, such as \"100ms\"");
    if (!value) return std::nullopt;
    const auto parsed = parse_duration(value->text);
    if (parsed) return *parsed;
    complain(*value, name, parsed.error(),
             "write a number with its unit (ms, s, m, h), such as \"100ms\" or \"2.5s\"");
    return std::nullopt;
}

const Value* Section::table(std::string_view name) const {
    return find(name, Value::Type::table, "write it as [" + key(name) + "]");
}

std::vector<const Value*> Section::tables(std::string_view name) const {
    const std::string example = "write each as [[" + key(name) + "]]";
    const Value* list = find(name, Value::Type::list, example);
    std::vector<const Value*> tables;
    if (!list) return tables;
    for (const Value& item : list->items) {
        if (item.type == Value::Type::table) {
            tables.push_back(&item);
        } else {
            complain(item, name, "is a list of something else than tables", example);
        }
    }
    return tables;
}

std::optional<std::size_t> Section::choice(std::string_view name,
                                           const std::vector<std::string_view>& words) const {
    const auto written = text(name);
    if (!written) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), *written);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    complain(*table_.find(name), name, shown(*written) + " is not known",
             suggestion(*written, words));
    return std::nullopt;
}

void Section::complain_of_unknown(const std::vector<std::string_view>& known,
                                  const std::vector<std::string_view>& later) const {
    for (const Field& field : table_.fields) {
        if (contains(known, field.name)) continue;
        if (contains(later, field.name)) {
            complain(field.value, field.name, "is not used by this version yet", "remove it");
        } else {
            const std::string remedy = suggestion(field.name, known);
            complain(field.value, field.name, "is not known",
                     remedy.starts_with("use") ? "remove it, or " + remedy : remedy);
        }
    }
}

void Section::complain(const Value& value, std::string_view name, std::string what,
                       std::string remedy) const {
    complaints_.push_back({Severity::error, std::string(file_), value.line, key(name),
                           std::move(what), std::move(remedy)});
}

void Section::warn(const Value& value, std::string_view name, std::string what,
                   std::string remedy) const {
    complaints_.push_back({Severity::warning, std::string(file_), value.line, key(name),
                           std::move(what), std::move(remedy)});
}

const Value* Section::find(std::string_view name, Value::Type type,
                           std::string_view example) const {
    const Value* value = table_.find(name);
    if (!value || value->type == type) return value;
    complain(*value, name,
             "is " + std::string(word(value->type)) + " and must be " + std::string(word(type)),
             std::string(example));
    return nullptr;
}

std::string Section::key(std::string_view name) const {
    // A name in quotes may be anything; it is shown as it would have to be written.
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
    const std::string last = plain ? std::string(name) : shown(name);
    return where_.empty() ? last : where_ + "." + last;
}

}  // namespace inquest::config
