#include "heartbeat/config/complaint.hpp"

#include <algorithm>
#include <tuple>

namespace inquest::config {

std::string to_string(const Complaint& complaint) {
    std::string line = complaint.file;
    if (complaint.line > 0) line += ":" + std::to_string(complaint.line);
    if (!complaint.key.empty()) line += ": " + complaint.key;
    line += ": " + complaint.what;
    if (!complaint.remedy.empty()) line += ": " + complaint.remedy;
    return line;
}

bool has_error(const Complaints& complaints) {
    return std::any_of(complaints.begin(), complaints.end(), [](const Complaint& complaint) {
        return complaint.severity == Severity::error;
    });
}

void sort_by_place(Complaints& complaints) {
    const auto place = [](const Complaint& complaint) {
        const int file = complaint.file == "node.toml"      ? 0
                         : complaint.file == "cluster.toml" ? 1
                                                            : 2;
        return std::tuple(file, complaint.line);
    };
    std::stable_sort(complaints.begin(), complaints.end(),
                     [&](const Complaint& a, const Complaint& b) { return place(a) < place(b); });
}

}  // namespace inquest::config
