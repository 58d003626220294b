// The control operations as plain values: method, path, query and JSON body in, status and JSON
// out. The table of operations is in README.md.
#pragma once

#include <functional>
#include <string>

#include "tests/cloudsim/api/simulator.h"

namespace instanced::cloudsim {

struct ControlRequest {
  std::string method;
  std::string path;
  Pairs query;
  std::string body;
};

struct ControlAnswer {
  int status = 200;
  Json body = Json::object();
};

// The filter given by the query keys since, phase, service, account, operation, instance, name,
// kind.
CallFilter FilterOf(const Pairs& query);
// A number in the query, or `otherwise`.
std::int64_t NumberIn(const Pairs& query, const std::string& name, std::int64_t otherwise);

// Everything but wait and stop, which need a loop.
ControlAnswer ServeControl(Simulator& simulator, const ControlRequest& request, Millis real_now);

}  // namespace instanced::cloudsim
