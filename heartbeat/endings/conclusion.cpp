#include "heartbeat/endings/conclusion.hpp"

#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <csignal>

namespace inquest::endings {
namespace {

using namespace std::chrono_literals;

/// The clock may have been set between two marks of the same instant.
constexpr Duration clocks_differ = 2min;
/// Signs of life are written this often; see daemon/run_file.hpp.
constexpr Duration alive_interval = 10s;

// ---- The boot ----------------------------------------------------------------------------------

/// Left by the kernel of the ended boot: what is older is another one's.
std::vector<const CrashRecord*> crashes_of(const Facts& facts, const RunRecord& ended) {
    std::vector<const CrashRecord*> found;
    for (const CrashRecord& crash : facts.crashes) {
        if (crash.time + clocks_differ >= ended.alive) found.push_back(&crash);
    }
    return found;
}

bool watchdog_fired(const Facts& facts) {
    for (const WatchdogWord& watchdog : facts.watchdogs) {
        if ((watchdog.bits & watchdog_reset_bit) != 0) return true;
    }
    return false;
}

bool shut_down(const Facts& facts, const RunRecord& ended) {
    return facts.shutdown && *facts.shutdown + clocks_differ >= ended.alive;
}

BootEnd judge_boot(const Facts& facts, const RunRecord* ended) {
    if (ended == nullptr) return BootEnd::not_known;
    if (!crashes_of(facts, *ended).empty()) return BootEnd::crashed;
    if (watchdog_fired(facts)) return BootEnd::watchdog;
    if (shut_down(facts, *ended)) return BootEnd::shut_down;
    const Word word = ended->ending.word;
    if (word == Word::left || word == Word::told) return BootEnd::after_goodbye;
    return BootEnd::without_word;
}

std::string claim_of(BootEnd end) {
    switch (end) {
        case BootEnd::not_known: return "It is not known how an earlier boot of this node ended.";
        case BootEnd::crashed: return "The kernel crashed.";
        case BootEnd::watchdog: return "The watchdog reset the machine.";
        case BootEnd::shut_down: return "The machine was shut down or rebooted in order.";
        case BootEnd::after_goodbye:
            return "The machine went down after inquestd had been told to stop: probably in order.";
        case BootEnd::without_word:
            return "The machine went down without a word: its power was cut, it was reset, or it "
                   "hung.";
    }
    return "";
}

std::string ending_sentence(const RunRecord& run) {
    const std::string signal = signal_name(run.ending.signal);
    switch (run.ending.word) {
        case Word::running: return "inquestd had not been told to stop, and noted no ending.";
        case Word::told:
            return fmt::format("inquestd was told to stop ({}), and noted no end of its goodbye.",
                               signal);
        case Word::left:
            return fmt::format("inquestd was told to stop ({}), said goodbye and ended.", signal);
        case Word::died: return fmt::format("inquestd caught the fatal signal {}.", signal);
    }
    return "";
}

/// "incarnation 3, session 2, seen alive until ..."
std::string life_sentence(const char* whose, const RunRecord& run) {
    return fmt::format(
        "{} was incarnation {}, session {}: it began at {} and was last seen alive at {}.", whose,
        run.incarnation.value, run.session.value, wall_phrase(run.started), wall_phrase(run.alive));
}

void add_boot_sentence(const Facts& facts, const RunRecord& ended,
                       std::vector<std::string>& sentences) {
    sentences.push_back(fmt::format(
        "The boot id has changed since, so the {}.",
        facts.boot_id->kernel == Kernel::own ? "machine has booted anew" : "node has booted anew"));
    if (!facts.booted) return;
    std::string sentence = fmt::format("This boot began at {}", wall_phrase(*facts.booted));
    if (*facts.booted > ended.alive) {
        sentence += fmt::format(", {} after that", phrase(*facts.booted - ended.alive));
    }
    sentences.push_back(sentence + ".");
}

void add_watchdog_sentences(const Facts& facts, std::vector<std::string>& sentences) {
    struct Meaning {
        std::uint32_t bit;
        const char* sentence;
    };
    constexpr Meaning meanings[] = {
        {watchdog_reset_bit, "says that it caused the last reset"},
        {overheated_bit, "says that the machine was too hot before the last reset"},
        {fan_failed_bit, "says that a fan had failed before the last reset"},
        {power_low_bit, "says that the voltage was too low before the last reset"},
        {power_high_bit, "says that the voltage was too high before the last reset"}};
    for (const WatchdogWord& watchdog : facts.watchdogs) {
        for (const Meaning& meaning : meanings) {
            if ((watchdog.bits & meaning.bit) == 0) continue;
            sentences.push_back(fmt::format("{} {}.", watchdog.device, meaning.sentence));
        }
    }
}

void add_shutdown_sentence(const Facts& facts, const RunRecord& ended,
                           std::vector<std::string>& sentences) {
    if (!facts.shutdown) return;
    const std::string when = wall_phrase(*facts.shutdown);
    sentences.push_back(
        shut_down(facts, ended)
            ? fmt::format("wtmp has the record of a shutdown in order at {}.", when)
            : fmt::format("wtmp's last shutdown, at {}, is older than that sign of life, so it is "
                          "another boot's.",
                          when));
}

std::vector<std::string> boot_facts(const Facts& facts, const RunRecord& ended) {
    std::vector<std::string> sentences;
    sentences.push_back(life_sentence("inquestd's last run in that boot", ended));
    sentences.push_back(ending_sentence(ended));
    add_boot_sentence(facts, ended, sentences);
    for (const CrashRecord* crash : crashes_of(facts, ended)) {
        sentences.push_back(fmt::format("The kernel left {}, of {}: read it.", crash->name,
                                        wall_phrase(crash->time)));
    }
    add_watchdog_sentences(facts, sentences);
    add_shutdown_sentence(facts, ended, sentences);
    return sentences;
}

std::string why_no_boot(const Facts& facts) {
    if (!facts.boot_id) return "The kernel's boot id cannot be read, so no boot is recognised.";
    if (!facts.run) return "inquestd has left no record of a run on this node.";
    return fmt::format(
        "All runs of inquestd on record are of this boot, incarnation {}: the node has not been "
        "rebooted since the record began.",
        facts.run->incarnation.value);
}

void add_unknown_of_kernel(const Facts& facts, std::vector<std::string>& unknown) {
    if (facts.boot_id && facts.boot_id->kernel == Kernel::shared) {
        unknown.emplace_back(
            "This node shares its kernel with others (a file boot-id stands in for the kernel's "
            "own): the kernel's crash records, wtmp and the watchdog say nothing of it.");
        return;
    }
    if (facts.watchdogs.empty()) {
        unknown.emplace_back("No watchdog says what caused the last reset.");
    }
    if (facts.crashes.empty()) {
        unknown.emplace_back(
            "The kernel left no crash record; without a pstore that keeps them (EFI, ERST, ramoops)"
            " it never does.");
    }
    if (!facts.shutdown) unknown.emplace_back("wtmp has no shutdown before this boot.");
}

void add_unreadable(const Facts& facts, std::vector<std::string>& unknown) {
    for (const std::string& phrase : facts.unreadable) unknown.push_back(phrase + ".");
}

// ---- The run -----------------------------------------------------------------------------------

RunEnd judge_run(const Facts& facts, const RunRecord* ended) {
    if (ended == nullptr) return RunEnd::not_known;
    switch (ended->ending.word) {
        case Word::left: return RunEnd::left;
        case Word::told: return RunEnd::told;
        case Word::died: return RunEnd::died;
        case Word::running: break;
    }
    const bool other_boot = facts.boot_id && facts.boot_id->text != ended->boot_id;
    return other_boot ? RunEnd::with_machine : RunEnd::without_word;
}

std::string claim_of(RunEnd end, const RunRecord* ended) {
    const std::string signal = ended == nullptr ? "" : signal_name(ended->ending.signal);
    switch (end) {
        case RunEnd::not_known: return "No run of inquestd that has ended is on record.";
        case RunEnd::left: return fmt::format("inquestd was told to stop ({}), and left.", signal);
        case RunEnd::told:
            return fmt::format("inquestd was told to stop ({}), and ended before it was done.",
                               signal);
        case RunEnd::died: return fmt::format("inquestd crashed ({}).", signal);
        case RunEnd::with_machine: return "inquestd ended with the boot of the machine.";
        case RunEnd::without_word:
            return "inquestd was ended from outside without a word, as SIGKILL does.";
    }
    return "";
}

std::vector<std::string> unknown_of_run(RunEnd end, const RunRecord& ended) {
    std::vector<std::string> unknown;
    switch (end) {
        case RunEnd::told:
            unknown.emplace_back(
                "Not known is what ended it then: systemd kills what takes longer "
                "than TimeoutStopSec, and a disk that hangs holds it up.");
            break;
        case RunEnd::died:
            unknown.push_back(fmt::format("Where it crashed: coredumpctl info inquestd{}",
                                          ended.ending.signal == SIGXCPU
                                              ? "; SIGXCPU means that it computed for two seconds "
                                                "without a pause."
                                              : "."));
            break;
        case RunEnd::without_word:
            unknown.emplace_back(
                "Not known is who did it: the kernel when memory is short "
                "(journalctl -k), systemd's watchdog, or a person.");
            break;
        case RunEnd::not_known:
        case RunEnd::left:
        case RunEnd::with_machine: break;
    }
    if (end == RunEnd::with_machine || end == RunEnd::without_word) {
        unknown.push_back(fmt::format(
            "The instant of the end is known to {}: so often a sign of life is written.",
            phrase(alive_interval)));
    }
    return unknown;
}

}  // namespace

const RunRecord* ended_run(const Facts& facts) {
    const auto known = [](const std::optional<RunRecord>& run) { return run ? &*run : nullptr; };
    if (facts.daemon == Daemon::silent) return known(facts.run);
    return facts.earlier ? known(facts.earlier) : known(facts.last_boot);
}

const RunRecord* ended_boot(const Facts& facts) {
    if (!facts.boot_id || !facts.run) return nullptr;
    if (facts.run->boot_id != facts.boot_id->text) return &*facts.run;
    return facts.last_boot ? &*facts.last_boot : nullptr;
}

std::string_view word(BootEnd end) {
    switch (end) {
        case BootEnd::not_known: return "not-known";
        case BootEnd::crashed: return "kernel-crashed";
        case BootEnd::watchdog: return "watchdog-reset";
        case BootEnd::shut_down: return "shut-down";
        case BootEnd::after_goodbye: return "after-goodbye";
        case BootEnd::without_word: return "without-a-word";
    }
    return "?";
}

std::string_view word(RunEnd end) {
    switch (end) {
        case RunEnd::not_known: return "not-known";
        case RunEnd::left: return "left";
        case RunEnd::told: return "told-to-stop";
        case RunEnd::died: return "crashed";
        case RunEnd::with_machine: return "with-the-machine";
        case RunEnd::without_word: return "without-a-word";
    }
    return "?";
}

Conclusion<BootEnd> why_boot_ended(const Facts& facts) {
    const RunRecord* ended = ended_boot(facts);
    Conclusion<BootEnd> result;
    result.end = judge_boot(facts, ended);
    result.claim = claim_of(result.end);
    if (ended == nullptr) {
        result.facts.push_back(why_no_boot(facts));
    } else {
        result.facts = boot_facts(facts, *ended);
        add_unknown_of_kernel(facts, result.unknown);
        if (result.end == BootEnd::without_word) {
            result.unknown.emplace_back(
                "What its peers saw and did stands on them: inquest events, and the log of the "
                "machine's BMC.");
        }
    }
    add_unreadable(facts, result.unknown);
    return result;
}

Conclusion<RunEnd> why_run_ended(const Facts& facts) {
    const RunRecord* ended = ended_run(facts);
    Conclusion<RunEnd> result;
    result.end = judge_run(facts, ended);
    result.claim = claim_of(result.end, ended);
    if (ended == nullptr) return result;
    result.facts.push_back(life_sentence("That run", *ended));
    result.facts.push_back(ending_sentence(*ended));
    for (const std::string& event : facts.last_events) {
        result.facts.push_back("Before its end: " + event);
    }
    result.unknown = unknown_of_run(result.end, *ended);
    if (facts.daemon == Daemon::silent) {
        result.unknown.emplace_back(
            "Its last events are not shown, because inquestd does not run now.");
    }
    return result;
}

}  // namespace inquest::endings
