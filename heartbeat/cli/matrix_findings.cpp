#include "heartbeat/cli/matrix_picture.hpp"

#include <cstddef>
#include <map>

namespace inquest::cli {
namespace {

/// Who does not hear `speaker` on `path`, of those that could.
struct Deaf {
    std::vector<std::string> listeners;
    std::size_t asked = 0;
};

Deaf deaf_to(const Picture& picture, std::size_t speaker, std::size_t path) {
    Deaf deaf;
    for (std::size_t i = 0; i < picture.views.size(); ++i) {
        const Mark mark = picture.views[i].cells[speaker][path].mark;
        if (i == speaker || !picture.views[i].current || mark == Mark::off) continue;
        ++deaf.asked;
        if (mark == Mark::silent) deaf.listeners.push_back(picture.members[i]);
    }
    return deaf;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    }
    return text;
}

/// One sentence a path where it is silent everywhere, else one a speaker that somebody misses.
std::vector<std::string> silences(const Picture& picture) {
    std::vector<std::string> sentences;
    for (std::size_t path = 0; path < picture.paths.size(); ++path) {
        std::vector<std::string> found;
        std::size_t asked = 0;
        std::size_t deaf_count = 0;
        for (std::size_t speaker = 0; speaker < picture.members.size(); ++speaker) {
            const Deaf deaf = deaf_to(picture, speaker, path);
            asked += deaf.asked;
            deaf_count += deaf.listeners.size();
            if (deaf.listeners.empty()) continue;
            const bool all = deaf.listeners.size() == deaf.asked && deaf.asked > 1;
            const bool many = deaf.listeners.size() > 1;
            found.push_back(
                (all ? "nobody here hears "
                     : joined(deaf.listeners) + (many ? " do" : " does") + " not hear ") +
                picture.members[speaker] + " on " + picture.paths[path]);
        }
        if (deaf_count == asked && asked > 0)
            found = {"nobody here hears anybody on " + picture.paths[path]};
        sentences.insert(sentences.end(), found.begin(), found.end());
    }
    return sentences;
}

/// The daemon's own finding of the side at fault, where it sends one; else what the marks say.
std::vector<std::string> faults(const Json& matrix, const Picture& picture) {
    std::vector<std::string> sentences;
    for (const Json& fault : list_of(matrix, "faults")) {
        if (fault.is_string()) sentences.push_back(clean(fault.get_ref<const std::string&>()));
    }
    return sentences.empty() ? silences(picture) : sentences;
}

std::string blind_sentence(const std::string& listener, const std::string& path,
                           const std::string& reason, const std::vector<std::string>& speakers) {
    if (reason == "not-heard-yet") {
        return listener + " has not heard " + joined(speakers) + " on " + path +
               " yet in this session";
    }
    return listener + " is blind on " + path + (reason.empty() ? "" : " (" + reason + ")") +
           ": that is its own side and says nothing of the others";
}

/// Which listeners are blind, on which path and why, one sentence each.
std::vector<std::string> blindness(const Picture& picture) {
    std::vector<std::string> sentences;
    for (std::size_t i = 0; i < picture.views.size(); ++i) {
        if (!picture.views[i].current) continue;
        for (std::size_t path = 0; path < picture.paths.size(); ++path) {
            std::map<std::string, std::vector<std::string>> speakers;  // by reason
            for (std::size_t j = 0; j < picture.members.size(); ++j) {
                const Cell& cell = picture.views[i].cells[j][path];
                if (cell.mark == Mark::blind) speakers[cell.reason].push_back(picture.members[j]);
            }
            for (const auto& [reason, names] : speakers) {
                sentences.push_back(
                    blind_sentence(picture.members[i], picture.paths[path], reason, names));
            }
        }
    }
    return sentences;
}

}  // namespace

std::vector<std::string> findings(const Json& matrix, const Picture& picture) {
    std::vector<std::string> sentences = faults(matrix, picture);
    const std::vector<std::string> blind = blindness(picture);
    sentences.insert(sentences.end(), blind.begin(), blind.end());
    return sentences;
}

}  // namespace inquest::cli
