#include "tests/sim/command_line.hpp"

int main(int argc, char** argv) { return inquest::sim::command_line(argc, argv); }
