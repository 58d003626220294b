// ApiProxy: stands between the daemon and the real API server, over TLS on both sides, and breaks
// what a test asks it to break. Everything it does not break comes from the server itself.
//
// One request a connection, so that each can meet its own fate. Threads: any.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/controller/http/raw_server.h"

namespace instanced::e2e {

// An answer given in the server's place.
struct Refusal {
  std::set<std::string> methods;  // "PATCH"; empty: all
  std::string target_part;        // of path and query; empty: all
  int status = 500;
  int retry_after = 0;  // seconds; 0: without
  int times = 1;
};

struct ProxiedCall {
  std::string method;
  std::string target;
  int status = 0;                              // 0: cut off
  bool refused = false;                        // by us
  std::chrono::steady_clock::time_point when;  // it arrived
  bool IsWatch() const { return target.find("watch=true") != std::string::npos; }
};

class ApiProxy {
 public:
  ApiProxy();
  ~ApiProxy();

  std::string url() const;
  // Whom to trust for this proxy's own certificate.
  std::string authority() const;
  // Another authority, and a certificate signed by it, from the next connection on. Ends the
  // connections there are.
  void ChangeAuthority();

  void Refuse(Refusal refusal);
  void RefuseNoMore();
  // How often it has not been given yet, of all.
  int refusals_left() const;
  // Every call waits that long before it goes on to the server.
  void Delay(std::chrono::milliseconds by);
  // The first answer to a request with this method and these words in it waits here until LetGo;
  // what it asked for is done.
  void HoldAnswer(const std::string& method, const std::string& words);
  bool IsHolding() const;
  void LetGo();
  // Each open watch breaks in the middle of its next event; without an event it stays.
  void BreakWatches();
  // Every open call ends, as when the server restarts.
  void EndWatches();
  // As an address nobody serves any more: calls under way end, later ones are closed at once.
  void GoAway();
  void ComeBack();

  std::vector<ProxiedCall> calls() const;
  // How many watches the server ended by the error that its history is gone.
  int gone() const;

 private:
  class Upstream;
  void Serve(RawConnection& connection);
  std::string RefusalFor(const std::string& method, const std::string& target);
  enum class Answers { kAtOnce, kHeld };
  void Relay(RawConnection& connection, Upstream& upstream, std::size_t call, Answers answers);
  void EndAll();
  void AwaitLetGo();

  TestAuthority first_;
  TestAuthority second_;
  mutable std::mutex mutex_;
  bool changed_ = false;
  bool away_ = false;
  int gone_ = 0;
  std::chrono::milliseconds delay_{0};
  enum class Hold { kNone, kWanted, kHolding };
  Hold hold_ = Hold::kNone;
  std::string held_method_;
  std::string held_words_;
  std::list<Refusal> refusals_;
  std::vector<ProxiedCall> calls_;
  std::set<Upstream*> open_;
  std::set<std::size_t> breaking_;  // watches, by their place in calls_
  RawServer server_;
};

}  // namespace instanced::e2e
