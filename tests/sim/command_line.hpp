// inquest-sim: run, swarm, whatif.
#pragma once

namespace inquest::sim {

/// Exit codes: 0 all held, 1 something did not, 2 usage or a bad file, 3 whatif: a single fault
/// costs more than the node that has it.
int command_line(int argc, char** argv);

}  // namespace inquest::sim
