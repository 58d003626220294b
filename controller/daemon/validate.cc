#include "controller/daemon/validate.h"

#include <map>
#include <ostream>

#include "controller/http/beast_http_client.h"
#include "controller/source/manifest/manifest_set.h"
#include "controller/task/loop.h"

namespace instanced {

int ValidateDirectory(const std::filesystem::path& directory, std::ostream& out,
                      std::ostream& err) {
  const auto set = LoadDirectory(directory, {});
  for (const auto& problem : set.problems) err << ToString(problem) << "\n";
  std::map<Kind, int> kinds;
  for (const auto& [key, object] : set.objects) ++kinds[key.kind];
  out << set.objects.size() << (set.objects.size() == 1 ? " object" : " objects");
  for (const auto& [kind, count] : kinds) out << ", " << count << " " << ToString(kind);
  if (set.ignored > 0) out << "; " << set.ignored << " documents of other kinds ignored";
  out << "\n";
  if (set.ok()) return 0;
  err << set.problems.size() << (set.problems.size() == 1 ? " problem" : " problems")
      << "; the daemon would keep the last good state of these files\n";
  return 1;
}

int AskHealthOf(const ListenAddress& address, std::ostream& err) {
  SystemClock clock;
  Loop loop(clock);
  auto client = BeastHttpClient::Create(loop, {});
  if (!client) {
    err << "cannot ask: " << client.error().message << "\n";
    return 1;
  }
  HttpRequest request;
  request.origin = {Scheme::kHttp, address.host.empty() ? "127.0.0.1" : address.host, address.port};
  request.target = "/healthz";
  auto answer = RunBlocking(
      loop, (*client)->Send(std::move(request), clock.Now() + std::chrono::seconds(3), {}));
  if (!answer) {
    err << "cannot reach " << ToString(address) << ": " << answer.error().message << "\n";
    return 1;
  }
  if (answer->status == 200) return 0;
  err << "not healthy (" << answer->status << "): " << answer->body;
  return 1;
}

}  // namespace instanced
