// The machine a benchmark runs on: its clock and its load.
#pragma once

namespace instanced::bench {

// Processes that wanted a processor during the last minute, of all on this machine.
double MachineLoad();
// Wall seconds since a fixed point.
double Seconds();
void Pause(double seconds);

}  // namespace instanced::bench
