#include "controller/admin/local_listener.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <utility>

#include <gtest/gtest.h>

#include "tests/controller/admin/socket_folder.h"

namespace instanced {
namespace {

int Connect(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

TEST(LocalListener, TrustedPeerIsHandedOver) {
  const SocketFolder folder;
  std::promise<int> accepted;
  const auto listener = LocalListener::Open(
      folder.socket(), SocketReach::kOwner, [](uid_t uid) { return uid == geteuid(); },
      [&](int descriptor, uid_t uid) {
        EXPECT_EQ(uid, geteuid());
        accepted.set_value(descriptor);
      });
  ASSERT_TRUE(listener) << listener.error().message;
  const int client = Connect(folder.socket());
  ASSERT_GE(client, 0);
  const int server = accepted.get_future().get();
  ASSERT_EQ(write(server, "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(client, &byte, 1), 1);
  close(server);
  close(client);
}

TEST(LocalListener, OtherPeerIsClosedUnheard) {
  const SocketFolder folder;
  bool handed_over = false;
  auto listener = LocalListener::Open(
      folder.socket(), SocketReach::kOwner, [](uid_t) { return false; },
      [&](int, uid_t) { handed_over = true; });
  ASSERT_TRUE(listener);
  const int client = Connect(folder.socket());
  ASSERT_GE(client, 0);
  char byte = 0;
  EXPECT_EQ(read(client, &byte, 1), 0);
  close(client);
  listener->reset();
  EXPECT_FALSE(handed_over);
}

TEST(LocalListener, ItsModeSaysWhoMayReachIt) {
  for (const auto& [reach, mode] :
       {std::pair(SocketReach::kOwner, std::filesystem::perms(0600)),
        std::pair(SocketReach::kEveryone, std::filesystem::perms(0666))}) {
    const SocketFolder folder;
    const auto listener = LocalListener::Open(
        folder.socket(), reach, [](uid_t) { return true; },
        [](int descriptor, uid_t) { close(descriptor); });
    ASSERT_TRUE(listener) << listener.error().message;
    EXPECT_EQ(std::filesystem::status(folder.socket()).permissions(), mode);
  }
}

TEST(LocalListener, SocketOfADeadServerIsReplaced) {
  const SocketFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, folder.socket().c_str(), sizeof(address.sun_path) - 1);
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(dead);
  ASSERT_TRUE(std::filesystem::exists(folder.socket()));
  const auto listener = LocalListener::Open(
      folder.socket(), SocketReach::kOwner, [](uid_t) { return true; },
      [](int descriptor, uid_t) { close(descriptor); });
  EXPECT_TRUE(listener) << listener.error().message;
}

TEST(LocalListener, TooLongAPathIsRefused) {
  const auto listener = LocalListener::Open(
      "/tmp/" + std::string(120, 'x'), SocketReach::kOwner, [](uid_t) { return true; },
      [](int, uid_t) {});
  ASSERT_FALSE(listener);
  EXPECT_NE(listener.error().message.find("too long"), std::string::npos);
}

}  // namespace
}  // namespace instanced
