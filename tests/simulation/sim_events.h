// SimEvents: the Kubernetes Events that a simulated API server holds, and how writing them fares.
//
// Answers POST and PATCH as a server does; while the weather blows some are refused, throttled, cut
// off or carried out with the answer lost. Chance and time of Events are their own: worlds go the
// same way with them or without.
// Looked at as each is written: that an Event is as the API wants it, that an object begins no more
// of them than the recorder promises, and that the same said again within ten minutes counts up the
// Event there is.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"

namespace instanced {

class SimEvents {
 public:
  explicit SimEvents(std::uint64_t seed) : chance_(seed) {}
  using Answer = std::expected<HttpResponse, HttpError>;

  // `writer` is one process: a replica and its life.
  Answer Write(const std::string& writer, const HttpRequest& request);
  Duration Latency();
  int count() const { return static_cast<int>(events_.size()); }
  int troubles() const { return troubles_; }

  // Writing Events has its troubles.
  bool blows = false;
  std::function<void(const std::string& text)> seen;
  std::function<void(std::string what)> broken;

 private:
  struct Said {
    std::string name;
    WallTime begun;
    int count = 1;
  };
  struct Allowance {
    double used = 0;
    WallTime at{};
  };

  void Make(const std::string& writer, const nlohmann::json& event);
  void CountUp(const std::string& name, const nlohmann::json& patch);
  void CheckForm(const nlohmann::json& event);
  void CheckRate(const std::string& writer, const nlohmann::json& event, WallTime begun);

  SeededRandom chance_;
  int troubles_ = 0;
  std::map<std::string, nlohmann::json> events_;  // by name
  std::map<std::string, Said> said_;              // the newest of each text and process
  std::map<std::string, Allowance> allowances_;   // by process and uid
};

}  // namespace instanced
