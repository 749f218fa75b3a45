// What an agent says of itself when it is asked for its metadata (FenceAgentAPI, an XML text).
#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::fence {

inline constexpr std::size_t metadata_bytes_max = 512 * 1024;

struct AgentParameter {
    enum class Type : std::uint8_t { text, whole_number, yes_or_no, one_of };

    std::string name;
    Type type = Type::text;
    bool is_required = false;  ///< and has no default
    bool is_deprecated = false;
    std::string replaces;              ///< the older name of the same; empty: none
    std::vector<std::string> choices;  ///< of `one_of`

    friend bool operator==(const AgentParameter&, const AgentParameter&) = default;
};

struct AgentMetadata {
    std::string agent;
    std::vector<AgentParameter> parameters;
    std::vector<std::string> actions;

    bool offers(std::string_view action) const;
    const AgentParameter* find(std::string_view parameter) const;
    /// The name by which an agent knows it today: of `passwd`, `password`.
    std::string_view today(std::string_view parameter) const;

    friend bool operator==(const AgentMetadata&, const AgentMetadata&) = default;
};

/// A password, a key, a token: what must stand in the secrets file. By its name, for the metadata
/// has no word for it. A program or a file that yields one is none.
bool is_secret(std::string_view parameter);

/// Error: what is wrong with the text.
tl::expected<AgentMetadata, std::string> parse_metadata(std::string_view xml);

}  // namespace inquest::fence
