// Reads the fields of one JSON object strictly, for this module's own use: each is there, of its
// kind and within its bounds, and none is left over.
#pragma once

#include "heartbeat/base/time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::wire {

/// May it stand in a log line and in an agent's input? No control character, thus no line break.
inline bool is_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        return byte < 0x20 || byte == 0x7f;
    });
}

/// After the first mistake it gives defaults, and says so at the end.
class JsonFields {
 public:
    using Json = nlohmann::json;

    explicit JsonFields(const Json& object) : object_(object) {
        if (!object_.is_object()) mistake_ = "it is no object";
    }

    /// Of at least `least` and at most `most` bytes.
    std::string text(const char* name, std::size_t least, std::size_t most) {
        const Json* const value = take(name);
        if (value != nullptr && value->is_string()) {
            const auto& read = value->get_ref<const std::string&>();
            if (read.size() >= least && read.size() <= most && is_one_line(read)) return read;
        }
        wrong(name,
              "one line of " + std::to_string(least) + " to " + std::to_string(most) + " bytes");
        return "";
    }

    bool flag(const char* name) {
        const Json* const value = take(name);
        if (value != nullptr && value->is_boolean()) return value->get<bool>();
        wrong(name, "true or false");
        return false;
    }

    std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most) {
        const Json* const value = take(name);
        if (value != nullptr && value->is_number_unsigned()) {
            const auto read = value->get<std::uint64_t>();
            if (read >= least && read <= most) return read;
        }
        wrong(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return least;
    }

    Duration milliseconds(const char* name, Duration least, Duration most) {
        const auto whole = [](Duration length) {
            return static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::milliseconds>(length).count());
        };
        return std::chrono::milliseconds(number(name, whole(least), whole(most)));
    }

    template <std::size_t Count>
    std::size_t choice(const char* name, const std::array<std::string_view, Count>& words) {
        const Json* const value = take(name);
        for (std::size_t i = 0; value != nullptr && i < Count; ++i) {
            if (*value == words[i]) return i;
        }
        std::string known;
        for (const std::string_view word : words) known += " " + std::string(word);
        wrong(name, "one of" + known);
        return 0;
    }

    /// A list of at most `most`; an empty one where it is none.
    const Json::array_t& list(const char* name, std::size_t most) {
        static const Json::array_t empty;
        const Json* const value = take(name);
        if (value != nullptr && value->is_array() && value->size() <= most)
            return value->get_ref<const Json::array_t&>();
        wrong(name, "a list of at most " + std::to_string(most));
        return empty;
    }

    /// An object of at most `most` fields; an empty one where it is none.
    const Json::object_t& object(const char* name, std::size_t most) {
        static const Json::object_t empty;
        const Json* const value = take(name);
        if (value != nullptr && value->is_object() && value->size() <= most)
            return value->get_ref<const Json::object_t&>();
        wrong(name, "an object of at most " + std::to_string(most) + " fields");
        return empty;
    }

    /// A part of it was read elsewhere, and is wrong.
    void refuse(const std::string& why) {
        if (mistake_.empty()) mistake_ = why;
    }

    /// What was wrong first, if anything; a field that nobody took is wrong too.
    std::string mistake() const {
        if (!mistake_.empty() || taken_ == object_.size()) return mistake_;
        return "it has a field that does not belong to it";
    }

 private:
    const Json* take(const char* name) {
        if (!object_.is_object()) return nullptr;
        const auto found = object_.find(name);
        if (found == object_.end()) return nullptr;
        ++taken_;
        return &*found;
    }

    void wrong(const char* name, const std::string& wanted) {
        refuse(std::string("its `") + name + "` is not " + wanted);
    }

    const Json& object_;
    std::size_t taken_ = 0;
    std::string mistake_;
};

}  // namespace inquest::wire
