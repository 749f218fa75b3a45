#include "heartbeat/config/document.hpp"

#include <algorithm>

// Compiled in here rather than linked, without exceptions: a broken file is an ordinary failure.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
// Its parser asserts, or lets the compiler assume, some things that a malformed text such as "[\n"
// breaks; the code behind them copes and reports an error, so they must be without effect.
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(condition) static_assert(true)
#include <toml++/toml.h>

namespace inquest::config {
namespace {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

Value value_of(const toml::node& node);

Value table_of(const toml::table& table) {
    Value value;
    value.type = Value::Type::table;
    std::vector<std::pair<toml::source_position, Field>> placed;
    for (const auto& [key, node] : table) {
        Field field{std::string(key.str()), value_of(node)};
        // A table knows where its body begins; its key stands where a person looks.
        const toml::source_position place = key.source().begin;
        if (place.line > 0) field.value.line = static_cast<int>(place.line);
        placed.emplace_back(place, std::move(field));
    }
    std::stable_sort(placed.begin(), placed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, field] : placed) value.fields.push_back(std::move(field));
    return value;
}

Value list_of(const toml::array& array) {
    Value value;
    value.type = Value::Type::list;
    for (const toml::node& node : array) value.items.push_back(value_of(node));
    return value;
}

Value scalar_of(const toml::node& node) {
    Value value;
    if (const auto* text = node.as_string()) {
        value.type = Value::Type::text;
        value.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
        value.type = Value::Type::integer;
        value.integer = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
        value.type = Value::Type::boolean;
        value.boolean = boolean->get();
    }
    return value;
}

/// The parser bounds the depth of nesting (TOML_MAX_NESTED_VALUES), and with it this recursion.
Value value_of(const toml::node& node) {
    Value value = node.as_table()   ? table_of(*node.as_table())
                  : node.as_array() ? list_of(*node.as_array())
                                    : scalar_of(node);
    value.line = line_of(node);
    return value;
}

}  // namespace

const Value* Value::find(std::string_view name) const {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    return found == fields.end() ? nullptr : &found->value;
}

std::string_view word(Value::Type type) {
    switch (type) {
        case Value::Type::text: return "a string";
        case Value::Type::integer: return "a whole number";
        case Value::Type::boolean: return "true or false";
        case Value::Type::table: return "a table";
        case Value::Type::list: return "a list";
        case Value::Type::other: return "a fraction or a date";
    }
    return "?";
}

tl::expected<Value, SyntaxError> parse_document(std::string_view text) {
    const toml::parse_result result = toml::parse(text);
    if (!result) {
        const toml::parse_error& error = result.error();
        return tl::unexpected(SyntaxError{static_cast<int>(error.source().begin.line),
                                          static_cast<int>(error.source().begin.column),
                                          std::string(error.description())});
    }
    return table_of(result.table());
}

}  // namespace inquest::config
