// BearerToken: the token to show the API server, read again as the kubelet rotates it.
//
// Promises: a token file is read at most once per `kRereadInterval`, and at once after Refuse();
// while it cannot be read, the last good token is kept. The token never reaches a message.
// Time is an argument. Threads: the loop's.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "controller/clock/clock.h"
#include "controller/kube/kube_config.h"

namespace instanced {

class BearerToken {
 public:
  // The kubelet replaces a token at 80 % of its life, of which 10 minutes is the shortest.
  static constexpr Duration kRereadInterval = std::chrono::minutes(1);

  BearerToken(std::string fixed, std::string file, ReadFile read_file)
      : token_(std::move(fixed)), file_(std::move(file)), read_file_(std::move(read_file)) {}

  // Empty when there is none to show (client certificates). Auth while no token was ever read.
  Result<std::string> Get(MonotonicTime now);
  // The server refused `token` with 401. True when another one is there now.
  bool Refuse(const std::string& token, MonotonicTime now);

 private:
  void Read(MonotonicTime now);

  std::string token_;
  std::string file_;
  ReadFile read_file_;
  std::optional<MonotonicTime> read_at_;
  std::optional<Error> failure_;
};

}  // namespace instanced
