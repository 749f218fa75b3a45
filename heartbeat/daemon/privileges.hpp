// What keeps the deciding thread from being late: real-time priority, locked and pre-touched
// memory.
//
// A privilege that is refused is no reason not to start: the stall gate keeps a late node honest.
// But it is said, once, and `inquest doctor` shows it.
#pragma once

#include <string>
#include <vector>

namespace inquest::daemon {

struct Privilege {
    std::string name;  ///< "real-time priority", "locked memory", ...
    bool granted = false;
    std::string what;    ///< what was got, or why not
    std::string remedy;  ///< empty where granted
};

/// Before any thread or large buffer is made: modest stacks, an allocator that gives nothing back.
void prepare_memory();

/// For the calling thread and the whole process; once, when all is set up.
std::vector<Privilege> take_privileges();

/// The same for the keeper, as far as it needs any: it is on time, and what it has used once stays
/// in memory. Its children inherit nothing of it.
void take_keeper_privileges();

}  // namespace inquest::daemon
