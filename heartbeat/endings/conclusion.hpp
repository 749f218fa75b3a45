// From the evidence to a conclusion: why the node's last boot ended, and why the last run of its
// daemon did. Pure. What cannot be told apart is not told apart: a power cut, a press on the reset
// button and a hang look alike from inside.
#pragma once

#include "heartbeat/endings/facts.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::endings {

enum class BootEnd : std::uint8_t {
    not_known,      ///< no earlier boot is on record, or not whether this is another one
    crashed,        ///< the kernel left a record of its own death
    watchdog,       ///< the watchdog's driver says that it reset the machine
    shut_down,      ///< in order, by wtmp
    after_goodbye,  ///< the daemon had been told to stop before; of the machine nothing is known
    without_word,   ///< power, reset, hang: they leave nothing
};

enum class RunEnd : std::uint8_t {
    not_known,     ///< no run that has ended is on record
    left,          ///< told to stop, said goodbye
    told,          ///< told to stop, and did not come to its end
    died,          ///< a fatal signal, caught
    with_machine,  ///< it ran when the boot ended
    without_word,  ///< SIGKILL leaves nothing
};

std::string_view word(BootEnd end);
std::string_view word(RunEnd end);

template <typename End>
struct Conclusion {
    End end{};
    std::string claim;                 ///< a sentence
    std::vector<std::string> facts;    ///< sentences: what it rests on
    std::vector<std::string> unknown;  ///< sentences: what is not known, and how to know more
};

Conclusion<BootEnd> why_boot_ended(const Facts& facts);
Conclusion<RunEnd> why_run_ended(const Facts& facts);

}  // namespace inquest::endings
