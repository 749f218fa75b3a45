// The fields of one JSON object, taken one after the other by a strict reader.
#pragma once

#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/core/config.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::wire {

/// Far above what the rules accept, and no sum of them overflows.
inline constexpr std::uint64_t length_ns_max =
    std::chrono::nanoseconds(std::chrono::hours(24 * 366)).count();

/// Takes the fields of one object. After the first mistake it gives defaults, and says so at the
/// end.
class Fields {
 public:
    explicit Fields(const nlohmann::json& object) : object_(object) {}

    std::string text(const char* name, std::size_t most) {
        const nlohmann::json* value = take(name);
        if (value != nullptr && presentable(*value, most)) return value->get<std::string>();
        wrong(name, "a text of 1 to " + std::to_string(most) + " bytes without spaces");
        return "";
    }

    bool flag(const char* name) {
        const nlohmann::json* value = take(name);
        if (value != nullptr && value->is_boolean()) return value->get<bool>();
        wrong(name, "true or false");
        return false;
    }

    std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most) {
        const nlohmann::json* value = take(name);
        if (value != nullptr && value->is_number_unsigned()) {
            const auto read = value->get<std::uint64_t>();
            if (read >= least && read <= most) return read;
        }
        wrong(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return least;
    }

    Duration length(const char* name) {
        return Duration(static_cast<Duration::rep>(number(name, 0, length_ns_max)));
    }

    template <std::size_t Count>
    std::size_t choice(const char* name, const std::array<std::string_view, Count>& words) {
        const std::string read = text(name, name_bytes_max);
        std::string known;
        for (std::size_t i = 0; i < Count; ++i) {
            if (read == words[i]) return i;
            known += (i == 0 ? "" : " ") + std::string(words[i]);
        }
        wrong(name, "one of " + known);
        return 0;
    }

    std::map<std::string, std::string> addresses(const char* name) {
        const nlohmann::json* value = take(name);
        std::map<std::string, std::string> read;
        if (value == nullptr || !are_addresses(*value)) {
            wrong(name, "an object with an address for each path");
            return read;
        }
        for (const auto& [path, address] : value->items()) read[path] = address.get<std::string>();
        return read;
    }

    /// Texts by name, each of at most `most` bytes on one line, perhaps with spaces or empty.
    std::map<std::string, std::string> texts(const char* name, std::size_t count_max,
                                             std::size_t most) {
        const nlohmann::json* value = take(name);
        std::map<std::string, std::string> read;
        const auto fits = [&](const auto& item) {
            return presentable(nlohmann::json(item.key()), most) && is_one_line(item.value(), most);
        };
        const bool sound = value != nullptr && value->is_object() && value->size() <= count_max &&
                           all_of(value->items(), fits);
        if (!sound) {
            wrong(name, "an object of texts");
            return read;
        }
        for (const auto& [key, text] : value->items()) read[key] = text.template get<std::string>();
        return read;
    }

    /// A list of texts without spaces.
    std::vector<std::string> list(const char* name, std::size_t count_max, std::size_t most) {
        const nlohmann::json* value = take(name);
        const bool sound = value != nullptr && value->is_array() && value->size() <= count_max &&
                           std::all_of(value->begin(), value->end(),
                                       [&](const auto& item) { return presentable(item, most); });
        if (sound) return value->get<std::vector<std::string>>();
        wrong(name, "a list of texts");
        return {};
    }

    /// Of at most `most` bytes on one line, perhaps with spaces or empty.
    std::string line(const char* name, std::size_t most) {
        const nlohmann::json* value = take(name);
        if (value != nullptr && is_one_line(*value, most)) return value->get<std::string>();
        wrong(name, "a text of at most " + std::to_string(most) + " bytes on one line");
        return "";
    }

    /// What was wrong first, if anything; a field that nobody took is wrong too.
    std::string mistake() const {
        if (!mistake_.empty() || taken_ == object_.size()) return mistake_;
        return "it has a field that does not go with its `kind`";
    }

 private:
    static bool presentable(const nlohmann::json& value, std::size_t most) {
        if (!value.is_string()) return false;
        const auto& text = value.get_ref<const std::string&>();
        const bool printable = std::all_of(text.begin(), text.end(), [](char letter) {
            return static_cast<unsigned char>(letter) > 0x20 && letter != 0x7f;
        });
        return printable && !text.empty() && text.size() <= most;
    }

    static bool is_one_line(const nlohmann::json& value, std::size_t most) {
        if (!value.is_string()) return false;
        const auto& text = value.get_ref<const std::string&>();
        return text.size() <= most && std::all_of(text.begin(), text.end(), [](char letter) {
                   return static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f;
               });
    }

    template <typename Items, typename Fits>
    static bool all_of(const Items& items, const Fits& fits) {
        return std::all_of(items.begin(), items.end(), fits);
    }

    static bool are_addresses(const nlohmann::json& value) {
        if (!value.is_object() || value.size() > paths_max) return false;
        const auto items = value.items();
        return std::all_of(items.begin(), items.end(), [](const auto& item) {
            return presentable(nlohmann::json(item.key()), name_bytes_max) &&
                   presentable(item.value(), address_bytes_max);
        });
    }

    const nlohmann::json* take(const char* name) {
        const auto found = object_.find(name);
        if (found == object_.end()) return nullptr;
        ++taken_;
        return &*found;
    }

    void wrong(const char* name, const std::string& wanted) {
        if (mistake_.empty()) mistake_ = std::string("its `") + name + "` is not " + wanted;
    }

    const nlohmann::json& object_;
    std::size_t taken_ = 0;
    std::string mistake_;
};

}  // namespace inquest::wire
