#include "heartbeat/core/duration_text.hpp"

#include <chrono>

namespace inquest {
namespace {

using namespace std::chrono_literals;

/// Seconds with the fraction in milliseconds, without zeros at the end: 2500 ms -> "2.5s".
std::string seconds_text(Duration::rep milliseconds) {
    std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    const std::string whole = std::to_string(milliseconds / 1000);
    return whole + (fraction.empty() ? "" : "." + fraction) + "s";
}

}  // namespace

std::string text(Duration length) {
    if (length < Duration::zero())
        return "-" + text(length == Duration::min() ? Duration::max() : -length);
    if (length == Duration::zero()) return "0s";
    if (length < 1ms) return std::to_string(length / 1us) + "us";
    if (length < 1s) return std::to_string(length / 1ms) + "ms";
    std::string written;
    if (length >= 1h) written += std::to_string(length / 1h) + "h";
    if (length % 1h >= 1min) written += std::to_string(length % 1h / 1min) + "m";
    if (length % 1min >= 1ms) written += seconds_text(length % 1min / 1ms);
    return written;
}

}  // namespace inquest
