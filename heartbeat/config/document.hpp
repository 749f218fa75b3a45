// A TOML text as a plain tree with line numbers. The TOML library is included in document.cpp and
// nowhere else: it is large, and this project needs little of it.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::config {

struct Field;

/// One value. Only the members of its type are filled in.
struct Value {
    enum class Type : std::uint8_t { text, integer, boolean, table, list, other };

    Type type = Type::other;
    int line = 0;  ///< from 1
    std::string text;
    std::int64_t integer = 0;
    bool boolean = false;
    std::vector<Field> fields;  ///< of a table, in the order of the file
    std::vector<Value> items;   ///< of a list

    /// The field of this name; nullptr where there is none or this is no table.
    const Value* find(std::string_view name) const;
};

struct Field {
    std::string name;
    Value value;
};

/// What people call the type: "a string", "a whole number".
std::string_view word(Value::Type type);

/// Why a text is no TOML.
struct SyntaxError {
    int line = 0;
    int column = 0;
    std::string what;
};

/// The root table of `text`.
tl::expected<Value, SyntaxError> parse_document(std::string_view text);

}  // namespace inquest::config
