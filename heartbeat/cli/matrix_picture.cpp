#include "heartbeat/cli/matrix_picture.hpp"

#include "heartbeat/base/ids.hpp"
#include "heartbeat/core/phrase.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace inquest::cli {
namespace {

std::vector<std::string> names(const Json& list, std::size_t count_max) {
    std::vector<std::string> read;
    for (const Json& name : list) {
        if (read.size() == count_max) break;
        read.push_back(name.is_string() ? clean(name.get_ref<const std::string&>()) : "?");
    }
    return read;
}

std::optional<std::size_t> place(const std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

Mark mark_of(std::string_view state, std::string_view reason) {
    if (state == "blind") return reason == "off" ? Mark::off : Mark::blind;
    if (state == "fresh") return Mark::fresh;
    if (state == "late") return Mark::late;
    if (state == "silent") return Mark::silent;
    if (state == "frozen") return Mark::frozen;
    return Mark::unknown;
}

std::string entry(const Json& list, std::size_t index) {
    if (index >= list.size() || !list[index].is_string()) return "";
    return clean(list[index].get_ref<const std::string&>());
}

View view_of(const Json& reply, const Picture& picture, std::size_t listener) {
    View view;
    view.known = true;
    view.current = flag_of(reply, "current");
    const auto age = age_of(reply, "age_ms");
    view.age = age ? phrase(*age) : "";
    view.cells.assign(picture.members.size(), std::vector<Cell>(picture.paths.size()));
    for (const Json& row : list_of(reply, "rows")) {
        const auto speaker = place(picture.members, text_of(row, "peer"));
        if (!speaker || *speaker == listener) continue;
        for (std::size_t path = 0; path < picture.paths.size(); ++path) {
            Cell& cell = view.cells[*speaker][path];
            cell.reason = entry(list_of(row, "reasons"), path);
            cell.mark = mark_of(entry(list_of(row, "cells"), path), cell.reason);
        }
    }
    return view;
}

}  // namespace

Picture picture_of(const Json& matrix) {
    Picture picture;
    picture.members = names(list_of(matrix, "members"), members_max);
    picture.paths = names(list_of(matrix, "paths"), paths_max);
    picture.views.resize(picture.members.size());
    for (View& view : picture.views) {
        view.cells.assign(picture.members.size(), std::vector<Cell>(picture.paths.size()));
    }
    for (const Json& reply : list_of(matrix, "views")) {
        const auto listener = place(picture.members, text_of(reply, "observer"));
        if (listener) picture.views[*listener] = view_of(reply, picture, *listener);
    }
    for (std::size_t i = 0; i < picture.views.size(); ++i) {
        for (Cell& cell : picture.views[i].cells[i]) cell.mark = Mark::self;
    }
    return picture;
}

}  // namespace inquest::cli
