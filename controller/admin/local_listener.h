// LocalListener: a unix stream socket that hands over connections of trusted peers only.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "api/error/error.h"

namespace instanced {

// Takes ownership of a connected, non-blocking descriptor; `uid` is its peer's.
using ConnectionSink = std::function<void(int descriptor, uid_t uid)>;
// May a peer with this uid connect?
using PeerRule = std::function<bool(uid_t uid)>;

// Who may reach the socket file: its mode is 0600 or 0666.
enum class SocketReach { kOwner, kEveryone };

class LocalListener final {
 public:
  // Binds `path` and accepts on a thread of its own, which calls `sink`.
  static Result<std::unique_ptr<LocalListener>> Open(const std::filesystem::path& path,
                                                     SocketReach reach, PeerRule rule,
                                                     ConnectionSink sink);
  // Stops accepting, joins the thread, removes the socket file.
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

 private:
  LocalListener(std::filesystem::path path, int descriptor, int wake, PeerRule rule,
                ConnectionSink sink);
  void AcceptUntilWoken();
  void AcceptOne();

  std::filesystem::path path_;
  int descriptor_;
  int wake_;  // an eventfd: readable means stop
  PeerRule rule_;
  ConnectionSink sink_;
  std::thread thread_;
};

}  // namespace instanced
