#include "fence/agent_metadata.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

namespace inquest::fence {
namespace {

constexpr std::size_t parameters_max = 256;
constexpr std::size_t actions_max = 64;
constexpr std::size_t choices_max = 64;

AgentParameter::Type type_of(std::string_view word) {
    if (word == "integer" || word == "second") return AgentParameter::Type::whole_number;
    if (word == "boolean") return AgentParameter::Type::yes_or_no;
    if (word == "select") return AgentParameter::Type::one_of;
    return AgentParameter::Type::text;
}

AgentParameter parameter_of(const pugi::xml_node& node) {
    const pugi::xml_node content = node.child("content");
    AgentParameter parameter;
    parameter.name = node.attribute("name").value();
    parameter.type = type_of(content.attribute("type").value());
    parameter.is_required = node.attribute("required").as_bool() && !content.attribute("default");
    parameter.is_deprecated = node.attribute("deprecated").as_bool();
    parameter.replaces = node.attribute("obsoletes").value();
    for (const pugi::xml_node option : content.children("option")) {
        if (parameter.choices.size() < choices_max)
            parameter.choices.emplace_back(option.attribute("value").value());
    }
    return parameter;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

bool AgentMetadata::offers(std::string_view action) const {
    return std::find(actions.begin(), actions.end(), action) != actions.end();
}

const AgentParameter* AgentMetadata::find(std::string_view parameter) const {
    const auto found =
        std::find_if(parameters.begin(), parameters.end(),
                     [&](const AgentParameter& known) { return known.name == parameter; });
    return found == parameters.end() ? nullptr : &*found;
}

std::string_view AgentMetadata::today(std::string_view parameter) const {
    for (const AgentParameter& known : parameters) {
        if (!known.replaces.empty() && known.replaces == parameter) return known.name;
    }
    return parameter;
}

bool is_secret(std::string_view parameter) {
    constexpr std::array<std::string_view, 8> marks{"passw",          "passphrase", "secret",
                                                    "token",          "apikey",     "api_key",
                                                    "hexadecimal_kg", "private_key"};
    constexpr std::array<std::string_view, 3> where_it_is{"_script", "_file", "_path"};
    const auto is_within = [&](std::string_view mark) {
        return parameter.find(mark) != std::string_view::npos;
    };
    const auto is_end = [&](std::string_view end) { return ends_with(parameter, end); };
    return std::any_of(marks.begin(), marks.end(), is_within) &&
           std::none_of(where_it_is.begin(), where_it_is.end(), is_end);
}

tl::expected<AgentMetadata, std::string> parse_metadata(std::string_view xml) {
    if (xml.size() > metadata_bytes_max)
        return tl::unexpected(std::string("its metadata is far too long"));
    // An agent may have warned of something before it begins.
    const std::size_t begin = std::min(xml.find('<'), xml.size());
    pugi::xml_document document;
    const auto read = document.load_buffer(xml.data() + begin, xml.size() - begin,
                                           pugi::parse_default, pugi::encoding_utf8);
    if (!read) return tl::unexpected(std::string("its metadata is no XML: ") + read.description());
    const pugi::xml_node root = document.child("resource-agent");
    if (!root) return tl::unexpected(std::string("its metadata has no `resource-agent`"));
    AgentMetadata metadata;
    metadata.agent = root.attribute("name").value();
    for (const pugi::xml_node node : root.child("parameters").children("parameter")) {
        if (metadata.parameters.size() < parameters_max)
            metadata.parameters.push_back(parameter_of(node));
    }
    for (const pugi::xml_node node : root.child("actions").children("action")) {
        if (metadata.actions.size() < actions_max)
            metadata.actions.emplace_back(node.attribute("name").value());
    }
    if (metadata.actions.empty())
        return tl::unexpected(std::string("its metadata names no actions"));
    return metadata;
}

}  // namespace inquest::fence
