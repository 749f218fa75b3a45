// One table of a file, read with complaints: each question that finds the wrong type, a word that
// is not known or a number out of bounds adds a complaint and answers "nothing".
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/document.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::config {

class Section {
 public:
    /// `where` is the table's own key, empty for the root. All arguments outlive the section.
    Section(std::string_view file, std::string where, const Value& table, Complaints& complaints);

    std::optional<std::string> text(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const;
    std::optional<std::int64_t> number(std::string_view name, std::int64_t least,
                                       std::int64_t most) const;
    std::optional<Duration> duration(std::string_view name) const;
    const Value* table(std::string_view name) const;

    /// The tables of a list such as [[path]]; empty where there is none.
    std::vector<const Value*> tables(std::string_view name) const;

    /// The place in `words` of the text `name`.
    std::optional<std::size_t> choice(std::string_view name,
                                      const std::vector<std::string_view>& words) const;

    /// Complains of every field that is in neither list. `later` are keys of later versions.
    void complain_of_unknown(const std::vector<std::string_view>& known,
                             const std::vector<std::string_view>& later = {}) const;

    void complain(const Value& value, std::string_view name, std::string what,
                  std::string remedy) const;
    void warn(const Value& value, std::string_view name, std::string what,
              std::string remedy) const;

    const Value& value() const { return table_; }

 private:
    const Value* find(std::string_view name, Value::Type type, std::string_view example) const;
    std::string key(std::string_view name) const;

    std::string_view file_;
    std::string where_;
    const Value& table_;
    Complaints& complaints_;
};

}  // namespace inquest::config
