#include "tests/bench/fleet/machine.h"

#include <poll.h>

#include <chrono>
#include <fstream>

#include "controller/clock/clock.h"

namespace instanced::bench {

double Seconds() {
  return std::chrono::duration<double>(SystemClock().Now().time_since_epoch()).count();
}

double MachineLoad() {
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  return load;
}

void Pause(double seconds) { poll(nullptr, 0, static_cast<int>(seconds * 1000)); }

}  // namespace instanced::bench
