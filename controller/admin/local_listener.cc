#include "controller/admin/local_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace instanced {
namespace {

constexpr int kBacklog = 16;

std::unexpected<Error> Refuse(const std::filesystem::path& path, const std::string& cause) {
  return Fail(ErrorClass::kTerminal, "AdminSocket",
              "cannot open the admin socket " + path.string() + ": " + cause);
}

std::string LastCause() { return std::generic_category().message(errno); }

Result<sockaddr_un> AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof(address.sun_path)) return Refuse(path, "the path is too long");
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

// Does a living server answer at this address?
bool Answers(const sockaddr_un& address) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool connected =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(probe);
  return connected;
}

// Makes room for the socket: removes one that nobody serves any more, and nothing else.
Result<void> RemoveStale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return Refuse(path, LastCause());
  }
  if (!S_ISSOCK(found.st_mode)) return Refuse(path, "a file that is no socket is in its place");
  if (Answers(address)) return Refuse(path, "another daemon serves it");
  if (unlink(path.c_str()) != 0) return Refuse(path, LastCause());
  return {};
}

}  // namespace

Result<std::unique_ptr<LocalListener>> LocalListener::Open(const std::filesystem::path& path,
                                                           SocketReach reach, PeerRule rule,
                                                           ConnectionSink sink) {
  const auto address = AddressOf(path);
  if (!address) return std::unexpected(address.error());
  if (auto stale = RemoveStale(path, *address); !stale) return std::unexpected(stale.error());

  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return Refuse(path, LastCause());
  // Whoever connects between bind and chmod still has to pass the peer rule.
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0 ||
      chmod(path.c_str(), reach == SocketReach::kOwner ? 0600 : 0666) != 0 ||
      listen(descriptor, kBacklog) != 0) {
    const std::string cause = LastCause();
    close(descriptor);
    return Refuse(path, cause);
  }
  const int wake = eventfd(0, EFD_CLOEXEC);
  if (wake < 0) {
    const std::string cause = LastCause();
    close(descriptor);
    return Refuse(path, cause);
  }
  return std::unique_ptr<LocalListener>(
      new LocalListener(path, descriptor, wake, std::move(rule), std::move(sink)));
}

LocalListener::LocalListener(std::filesystem::path path, int descriptor, int wake, PeerRule rule,
                             ConnectionSink sink)
    : path_(std::move(path)),
      descriptor_(descriptor),
      wake_(wake),
      rule_(std::move(rule)),
      sink_(std::move(sink)),
      thread_([this] { AcceptUntilWoken(); }) {}

LocalListener::~LocalListener() {
  const std::uint64_t one = 1;
  // An eventfd takes eight bytes or fails for good; the thread then ends with the descriptor.
  if (write(wake_, &one, sizeof(one)) != sizeof(one)) shutdown(descriptor_, SHUT_RDWR);
  thread_.join();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  close(descriptor_);
  close(wake_);
}

void LocalListener::AcceptUntilWoken() {
  std::array<pollfd, 2> watched = {pollfd{descriptor_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  while (true) {
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0 || (watched[0].revents & (POLLERR | POLLHUP)) != 0) return;
    if ((watched[0].revents & POLLIN) != 0) AcceptOne();
  }
}

void LocalListener::AcceptOne() {
  const int connection = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0) return;
  ucred peer{};
  socklen_t size = sizeof(peer);
  const bool known = getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!known || !rule_(peer.uid)) {
    close(connection);
    return;
  }
  sink_(connection, peer.uid);
}

}  // namespace instanced
