#include "heartbeat/cli/local_checks.hpp"

#include "heartbeat/cli/fence_check.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/config/here.hpp"
#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/wire/keys.hpp"

#include <cstddef>

namespace inquest::cli {
namespace {

using config::Complaint;
using config::Complaints;
using config::Severity;

void append(Complaints& complaints, Complaints more) {
    complaints.insert(complaints.end(), more.begin(), more.end());
}

/// The keys are tried, not only looked at, so that what the daemon would refuse shows here.
Complaints key_complaints(const std::filesystem::path& etc, const std::string& cluster) {
    config::Text text = config::read_keys(etc);
    if (!text) return {text.error()};
    const auto keys = wire::parse_keys(*text, wire::cluster_tag(cluster));
    wire::wipe(*text);
    if (keys) return {};
    return {{Severity::error, "keys/cluster.keys", static_cast<int>(keys.error().line), "",
             keys.error().what, keys.error().remedy}};
}

Complaints placement_complaints(const config::HostConfig& config) {
    const auto here = config::addresses_here();
    if (here) return config::misplaced(config, *here);
    return {{Severity::warning, "node.toml", 0, "",
             "this host's addresses cannot be listed: " + here.error().message(),
             "compare them with cluster.toml by hand"}};
}

std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// A lost node is known when its paths are silent and the others have said so, one beat later.
std::string summary(const ClusterConfig& cluster) {
    return counted(cluster.members.size(), "node") + ", " + counted(cluster.paths.size(), "path") +
           ", detects a lost node in about " +
           text(cluster.timing.path_limit + cluster.timing.beat_interval);
}

const char* word(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string listed(const Screen& screen, const Findings& findings, Severity severity,
                   const std::string& title) {
    std::string text;
    for (const Complaint& complaint : findings.complaints) {
        if (complaint.severity == severity) text += clean(to_string(complaint)) + "\n";
    }
    const Tone tone = severity == Severity::error ? Tone::bad : Tone::warning;
    return text.empty() ? "" : paint(screen, tone, title) + "\n" + text;
}

}  // namespace

Findings check_folder(const std::filesystem::path& etc) {
    Findings findings;
    const auto config = config::read_folder(etc);
    if (config) {
        findings.complaints = config->warnings;
        append(findings.complaints, placement_complaints(*config));
        append(findings.complaints, fence_complaints(*config, etc));
    } else {
        findings.complaints = config.error();
    }
    append(findings.complaints, key_complaints(etc, config ? config->cluster.name : ""));
    sort_by_place(findings.complaints);
    if (config && !has_error(findings.complaints)) findings.summary = summary(config->cluster);
    return findings;
}

std::string findings_text(const Screen& screen, const std::filesystem::path& etc,
                          const Findings& findings) {
    std::string text = listed(screen, findings, Severity::error,
                              "Errors (inquestd does not start, or could not fence):") +
                       listed(screen, findings, Severity::warning, "Warnings (inquestd starts):");
    if (findings.summary.empty()) return text;
    text += text.empty() ? "" : "\n";
    return text + clean(etc.string()) +
           (findings.complaints.empty() ? " is sound: " : " can be used: ") + findings.summary +
           "\n";
}

Json findings_json(const Findings& findings) {
    Json list = Json::array();
    for (const Complaint& complaint : findings.complaints) {
        list.push_back({{"severity", word(complaint.severity)},
                        {"file", complaint.file},
                        {"line", complaint.line},
                        {"key", complaint.key},
                        {"what", complaint.what},
                        {"remedy", complaint.remedy}});
    }
    return list;
}

wire::Exit findings_exit(const Findings& findings) {
    if (has_error(findings.complaints)) return wire::Exit::failed;
    return findings.complaints.empty() ? wire::Exit::healthy : wire::Exit::degraded;
}

Json findings_checks(const Findings& findings) {
    Json checks = Json::array();
    for (const Complaint& complaint : findings.complaints) {
        Complaint finding = complaint;
        finding.remedy.clear();
        checks.push_back({{"name", "configuration"},
                          {"state", complaint.severity == Severity::error ? "failed" : "warning"},
                          {"what", to_string(finding)},
                          {"remedy", complaint.remedy}});
    }
    if (checks.empty()) {
        checks.push_back({{"name", "configuration"},
                          {"state", "ok"},
                          {"what", findings.summary},
                          {"remedy", ""}});
    }
    return checks;
}

}  // namespace inquest::cli
