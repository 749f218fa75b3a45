// A reply as text.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace inquest::daemon {

/// On one line. Bytes that are no UTF-8 are replaced, since names may come from other hosts.
inline std::string dump(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace inquest::daemon
