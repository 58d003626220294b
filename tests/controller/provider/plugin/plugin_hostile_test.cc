// Peers on a plugin's channel that speak something else, nothing, or too much: the plugin counts as
// lost, nothing was sent, and the daemon goes on. (What a proper gRPC peer may answer is the matter
// of plugin_provider_test.)
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "tests/controller/http/raw_server.h"
#include "tests/controller/provider/plugin/plugin_rig.h"

namespace instanced::plugin {
namespace {

using std::chrono::milliseconds;

// The server's half of an HTTP/2 connection that is well formed so far.
std::string Frame(std::size_t length, char type, char flags, std::string payload) {
  std::string frame{static_cast<char>(length >> 16),
                    static_cast<char>(length >> 8),
                    static_cast<char>(length),
                    type,
                    flags,
                    0,
                    0,
                    0,
                    0};
  return frame + std::move(payload);
}
std::string Settings() { return Frame(0, 4, 0, ""); }

struct Peer {
  const char* name;
  RawServer::Script script;
};

RawServer::Script Saying(std::string bytes) {
  return [bytes](RawConnection& connection) {
    connection.Write(bytes);
    connection.AwaitClose();
  };
}

std::vector<Peer> Peers() {
  return {
      {"closes at once", [](RawConnection&) {}},
      {"resets at once", [](RawConnection& connection) { connection.Reset(); }},
      {"says nothing", [](RawConnection& connection) { connection.AwaitClose(); }},
      {"speaks HTTP/1.1", Saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")},
      {"speaks SSH", Saying("SSH-2.0-server\r\n")},
      {"greets and falls silent", Saying(Settings())},
      {"goes away", Saying(Settings() + Frame(8, 7, 0, std::string(8, '\0')))},
      {"announces a huge frame",
       Saying(Settings() + Frame(0xffffff, 0, 0, std::string(4096, 'x')))},
      {"sends frames of unknown streams",
       Saying(Settings() + Frame(4, 3, 0, std::string(4, '\x7f')) + Frame(1, 0, 0, "x"))},
      {"sends settings without end",
       [](RawConnection& connection) {
         while (connection.Write(Settings())) {
         }
       }},
      {"drips",
       [](RawConnection& connection) {
         const std::string text = Settings() + Frame(0x4000, 1, 4, "");
         for (std::size_t at = 0; connection.Write(text.substr(at % text.size(), 1)); ++at) {
           std::this_thread::sleep_for(milliseconds(20));
         }
       }},
  };
}

TEST(PluginChannel, WhoSpeaksSomethingElseIsNoPluginAndIsSentNothing) {
  for (const auto& peer : Peers()) {
    SCOPED_TRACE(peer.name);
    RawServer server(peer.script);
    auto timings = PluginRig::Fast();
    timings.health_timeout = milliseconds(300);
    PluginRig rig({SpecAt("boxes", "127.0.0.1:" + std::to_string(server.origin().port))}, timings);
    ASSERT_TRUE(rig.Until([&] { return rig.events.lost > 0; }));
    const auto connection = rig.connector->Connect("boxes");
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().error_class, ErrorClass::kTransient);
    EXPECT_EQ(connection.error().reach, Reach::kNotSent);
    EXPECT_EQ(rig.gates.entered, 0);
  }
}

}  // namespace
}  // namespace instanced::plugin
