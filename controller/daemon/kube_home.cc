#include "controller/daemon/kube_home.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "controller/config/version.h"
#include "controller/daemon/kube_access.h"
#include "controller/daemon/proxy_settings.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

// How often the files that say whom to trust are looked at: authorities and certificates rotate.
constexpr Duration kRereadAccess = std::chrono::seconds(15);

// Calls under way at once: as many as keep an API server busy (some milliseconds a write), so few
// that a burst after a rest costs only their TLS handshakes.
constexpr std::size_t kCallsAtOnce = 32;

KubeClientOptions ClientOptions(ExecToken* exec_token, CallLine* line) {
  KubeClientOptions options;
  options.user_agent = "instanced/" + std::string(ProgramVersion());
  options.exec_token = exec_token;
  options.line = line;
  return options;
}

// A hanging call must leave time for another before the lease is lost, and no burst of other calls
// may hold up a renewal: leases wait in no line.
KubeClientOptions LeaseClientOptions(const LeaseFigures& lease, ExecToken* exec_token) {
  KubeClientOptions options = ClientOptions(exec_token, nullptr);
  options.deadline = lease.renew_deadline / 4;
  return options;
}

KubeSourceOptions SourceOptions(const KubernetesAccess& access, const ObjectCache& cache) {
  KubeSourceOptions options;
  options.kinds.assign(InstanceKinds().begin(), InstanceKinds().end());
  options.kinds.push_back(Kind::kProviderConfig);
  options.namespace_ = access.namespace_;
  options.knows = [&cache](const ObjectKey& key, std::string_view uid, std::string_view version) {
    return cache.Knows(key, uid, version);
  };
  return options;
}

}  // namespace

Result<std::unique_ptr<KubeHome>> KubeHome::Open(HomeDeps deps) {
  auto config = ReadAccess(*deps.config.kubernetes);
  if (!config) return std::unexpected(std::move(config.error()));
  HttpClientOptions options;
  options.connect_timeout = deps.config.connect_timeout;
  options.tls = config->tls;
  auto proxy = ProxySettingsFrom(deps.config.proxy);
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  options.proxy = std::move(*proxy);
  auto http = BeastHttpClient::Create(deps.loop, std::move(options));
  if (!http) return std::unexpected(std::move(http.error()));
  std::unique_ptr<KubeHome> home(
      new KubeHome(std::move(deps), std::move(*config), std::move(*http)));
  if (auto found = home->FindOwner(); !found) return std::unexpected(std::move(found.error()));
  return home;
}

KubeHome::KubeHome(HomeDeps deps, KubeConfig config, std::unique_ptr<BeastHttpClient> http)
    : deps_(std::move(deps)),
      owner_(deps_.config.owner_id),
      identity_(NewIdentity(deps_.random)),
      rest_metrics_(deps_.metrics),
      http_(std::move(http)),
      tls_(config.tls),
      programs_(
          {[this](std::function<void()> work) { deps_.loop.PostFromAnyThread(std::move(work)); },
           deps_.config.kubernetes->environment}),
      exec_token_(ExecTokenFrom(config)),
      line_(deps_.clock, kCallsAtOnce),
      client_(*http_, *http_, deps_.clock, config, ReadSmallFile,
              ClientOptions(exec_token_.get(), &line_), &rest_metrics_),
      lease_client_(*http_, *http_, deps_.clock, config, ReadSmallFile,
                    LeaseClientOptions(deps_.config.lease, exec_token_.get()), &rest_metrics_),
      writer_(client_),
      source_(client_, deps_.clock, deps_.random,
              SourceOptions(*deps_.config.kubernetes, deps_.cache), this),
      secrets_(SecretDeps()),
      configs_(ConfigDeps()),
      events_(EventDeps()),
      ledger_(LedgerDeps()),
      removals_(RemovalDeps()) {
  if (deps_.config.lease.election == LeaderElection::kNo) return;
  const auto& signals = deps_.signals;
  election_ = std::make_unique<Election>(
      Election::Deps{deps_.config.lease,
                     deps_.loop,
                     deps_.clock,
                     deps_.random,
                     deps_.log,
                     deps_.metrics,
                     lease_client_,
                     config.namespace_,
                     identity_,
                     {signals.restore,
                      [this](const std::string& share) {
                        ledger_.LetShareGo(share);
                        deps_.signals.let_go(share);
                      },
                      signals.take_over, signals.lease_ran_out, signals.spawn}});
}

std::unique_ptr<ExecToken> KubeHome::ExecTokenFrom(const KubeConfig& config) {
  if (!config.exec) return nullptr;
  return std::make_unique<ExecToken>(*config.exec, deps_.clock, [this](ProgramCall call) {
    return programs_.Run(std::move(call));
  });
}

// A file that cannot be read, or is half written, changes nothing.
Task<void> KubeHome::FollowAccess(StopToken stop) {
  while (!stop.StopRequested()) {
    SleepUntil sleeping(deps_.clock.Now() + kRereadAccess, stop);
    co_await sleeping;
    auto access = ReadAccess(*deps_.config.kubernetes);
    if (!access || access->tls == tls_) continue;
    if (auto used = http_->UseTls(access->tls); !used) {
      deps_.log.Failure(LogLevel::kWarning, "new certificates for the API server are not usable",
                        used.error());
      continue;
    }
    tls_ = std::move(access->tls);
    deps_.log.Info("certificates for the API server have changed and are used from now on");
  }
}

SecretBook::Deps KubeHome::SecretDeps() {
  return {client_,
          deps_.clock,
          deps_.cache,
          deps_.signals.spawn,
          [this](const SecretBook::Name& name) {
            deps_.log.Info("Secret has changed; credentials are read again",
                           {{"secret", name.first + "/" + name.second}});
            deps_.signals.credentials_changed();
          },
          [this](const SecretBook::Name& name, const Error& error) {
            deps_.log.Failure(LogLevel::kWarning, "cannot follow a Secret; trying again", error,
                              {{"secret", name.first + "/" + name.second}});
          }};
}

ConfigKeeper::Deps KubeHome::ConfigDeps() {
  return {deps_.clock,
          writer_,
          deps_.cache,
          deps_.signals.spawn,
          deps_.signals.may_act,
          [this](const ObjectKey& key, const Error& error) {
            deps_.log.Failure(LogLevel::kWarning, "cannot let a ProviderConfig go; trying again",
                              error, {{"object", key}});
          },
          deps_.signals.stop};
}

EventRecorder::Deps KubeHome::EventDeps() {
  return {client_,
          deps_.clock,
          deps_.random,
          deps_.cache,
          identity_,
          deps_.signals.spawn,
          [this](const ObjectKey& key, const Error& error) {
            deps_.log.Failure(LogLevel::kDebug, "an Event was not written", error,
                              {{"object", key}});
          },
          deps_.signals.stop};
}

KubeLedger::Deps KubeHome::LedgerDeps() {
  return {client_,
          deps_.clock,
          deps_.journal,
          client_.default_namespace(),
          deps_.signals.spawn,
          [this](const Error& error) {
            deps_.log.Failure(LogLevel::kError, "the ledger's ConfigMap fails", error);
          },
          deps_.signals.stop};
}

RemovalWatch::Deps KubeHome::RemovalDeps() {
  return {client_,
          deps_.clock,
          deps_.brakes,
          deps_.signals.spawn,
          deps_.signals.brakes_changed,
          deps_.signals.wake,
          [this](const std::string& path, const Error& error) {
            deps_.log.Failure(LogLevel::kWarning, "cannot see whether a deletion comes along",
                              error, {{"path", path}});
          },
          deps_.signals.stop};
}

Result<void> KubeHome::FindOwner() {
  if (!owner_.empty()) return {};
  const ObjectRef cluster{{"", "v1", "namespaces", ""}, "kube-system", ""};
  const auto answer = RunBlocking(deps_.loop, client_.Get(cluster, {}));
  if (!answer) {
    Error error = answer.error();
    error.message =
        "cannot ask the API server who it is (the uid of namespace kube-system; "
        "--owner-id makes this unnecessary): " +
        error.message;
    return std::unexpected(std::move(error));
  }
  const auto json = nlohmann::json::parse(*answer, nullptr, false);
  if (json.is_object()) owner_ = json.value("/metadata/uid"_json_pointer, "");
  if (!owner_.empty()) return {};
  return Fail(ErrorClass::kTransient, "Malformed", "the API server's namespace has no uid");
}

HomeSeams KubeHome::Seams() {
  return {owner_,
          writer_,
          ledger_,
          &secrets_,
          &events_,
          [this](ProviderConfigPtr config) { return configs_.Hold(std::move(config)); },
          [this](const InstanceObject& object) { return removals_.JudgeAfter(object); },
          [this] { return ledger_.healthy(); },
          [this] { return ledger_.Probe(); },
          nullptr,
          election_ ? &election_->fence() : nullptr,
          election_ ? election_->shares() : nullptr};
}

Task<void> KubeHome::Run(WatchSink sink, StopToken stop) {
  const auto closing = stop.OnStop([this] { secrets_.Close(); });
  if (election_) election_->Start();
  deps_.signals.spawn(FollowAccess(stop));
  auto running = source_.Run(std::move(sink), std::move(stop));
  co_await running;
}

void KubeHome::OnChange(const Change& change) {
  secrets_.OnChange(change);
  configs_.OnChange(change);
  removals_.OnChange(change);
}

void KubeHome::TakenOver() { configs_.LetGoUnused(); }

Task<void> KubeHome::Leave() {
  if (!election_) co_return;
  auto leaving = election_->Leave();
  co_await leaving;
}

std::optional<std::string> KubeHome::standing() const {
  return election_ ? election_->standing() : std::string();
}

WorkElsewhere KubeHome::Elsewhere() const {
  return election_ ? election_->elsewhere() : WorkElsewhere();
}

void KubeHome::OnAnswered(const std::vector<ObjectKey>&) {}

void KubeHome::Reload() {}

void KubeHome::OnTrouble(Kind kind, const Error& error) {
  deps_.log.Failure(LogLevel::kWarning, "cannot follow a kind; trying again", error,
                    {{"kind", ToString(kind)}});
}

void KubeHome::OnUnreadable(const ObjectKey& key, const Error& error) {
  deps_.log.Failure(LogLevel::kError, "object cannot be read; its last state stays", error,
                    {{"object", key}});
}

}  // namespace instanced
