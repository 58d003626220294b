#include "controller/provider/alibaba/alibaba_connector.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "controller/provider/alibaba/alibaba_settings.h"
#include "controller/provider/alibaba/ccc/ccc_provider.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"
#include "controller/provider/alibaba/outboundbot/outbound_bot_provider.h"

namespace instanced::alibaba {
namespace {

std::string UnverifiedAccount(const ProviderConfigObject& config) {
  return "unverified:" + config.meta.uid;
}

std::string_view ServiceOf(Kind kind) {
  return kind == Kind::kCloudCallCenterInstance ? kCccService : kOutboundBotService;
}

AccountIdentity Compare(const CloudConfig& cloud, std::string actual) {
  if (cloud.account_id.empty() || cloud.account_id == actual) {
    return AccountVerified{std::move(actual)};
  }
  return AccountMismatch{cloud.account_id, std::move(actual)};
}

std::string AccountName(const AccountIdentity& identity, const ProviderConfigObject& config) {
  if (const auto* verified = std::get_if<AccountVerified>(&identity)) return verified->account_id;
  if (const auto* mismatch = std::get_if<AccountMismatch>(&identity)) return mismatch->actual;
  return UnverifiedAccount(config);
}

// Moved to another folder, a relative path of a credential means another file.
bool SaysTheSame(const ProviderConfigObject& one, const ProviderConfigObject& other) {
  return one.meta.generation == other.meta.generation && one.base_directory == other.base_directory;
}

Result<CloudConfig> CloudOf(const ProviderConfigSpec& spec) {
  if (spec.alibaba) return *spec.alibaba;
  // An empty ProviderConfig is the standard chain; one made for another cloud is a mistake.
  if (!spec.aws) return CloudConfig{};
  return Fail(ErrorClass::kValidation, "NoAlibabaSection",
              "the ProviderConfig has no spec.alibaba section");
}

}  // namespace

// Everything that belongs to one generation of one ProviderConfig.
struct AlibabaConnector::Account {
  struct Provided {
    Domain domain;
    std::shared_ptr<InstanceProvider> provider;
  };
  ProviderConfigPtr config;
  CloudConfig cloud;
  std::string region;
  HttpEndpoint sts;
  CallGate* sts_gate = nullptr;
  std::shared_ptr<CredentialCache> keys;
  std::optional<AccountIdentity> identity;
  std::string asked_key;  // the access key id the identity was asked for, answered or not
  std::shared_ptr<IdentifiedKey> identified = std::make_shared<IdentifiedKey>();
  MonotonicTime asked_at{};
  SingleFlight<Result<AccountIdentity>> flight;
  std::map<Kind, Provided> providers;
};

AlibabaConnector::AlibabaConnector(AlibabaDeps deps, AlibabaOptions options)
    : deps_(std::move(deps)), options_(std::move(options)), server_clock_(deps_.clock) {}

AlibabaConnector::~AlibabaConnector() = default;

Transport AlibabaConnector::MakeTransport() {
  return {deps_.http, deps_.clock, deps_.random, server_clock_, deps_.unlisted, options_.signature};
}

Result<AlibabaConnector::AccountPtr> AlibabaConnector::AccountFor(const ProviderConfigPtr& config) {
  AccountPtr& slot = accounts_[config->meta.uid];
  if (slot && SaysTheSame(*slot->config, *config)) return slot;
  auto cloud = CloudOf(config->spec);
  if (!cloud) return std::unexpected(std::move(cloud.error()));
  auto region = ResolveRegion(*cloud, deps_.environment);
  if (!region) return std::unexpected(std::move(region.error()));
  auto sts = ResolveEndpoint("sts", *region, *cloud, deps_.environment);
  if (!sts) return std::unexpected(std::move(sts.error()));
  auto metadata = MetadataEndpoint(deps_.environment);
  if (!metadata) return std::unexpected(std::move(metadata.error()));
  auto account = std::make_shared<Account>();
  account->config = config;
  account->cloud = *std::move(cloud);
  account->region = *std::move(region);
  account->sts = *std::move(sts);
  account->sts_gate =
      &deps_.gates.GateFor(Domain{"sts", UnverifiedAccount(*config), account->region});
  const bool needs_token = Variable(deps_.environment, "ALIBABA_CLOUD_IMDSV1_DISABLED") == "true";
  CredentialFetcher fetcher(
      MakeTransport(), *account->sts_gate,
      {account->sts, *std::move(metadata),
       ResolveEndpoint("sts", account->region, CloudConfig{}, deps_.environment),
       needs_token ? MetadataFallback::kRequireToken : MetadataFallback::kAllowV1});
  account->keys =
      std::make_shared<CredentialCache>(CredentialOrigin{config, deps_.environment, deps_.secrets},
                                        std::move(fetcher), deps_.clock, options_.credentials);
  slot = std::move(account);
  return slot;
}

void AlibabaConnector::ReloadCredentials() {
  for (const auto& [uid, account] : accounts_) {
    if (!account) continue;
    account->keys->Reload();
    account->asked_key.clear();
  }
}

Task<Result<AccountIdentity>> AlibabaConnector::AskIdentity(CallContext context,
                                                            AccountPtr account) {
  RpcApi api{"sts", std::string(kStsVersion), {}, account->sts, StsErrors()};
  RpcClient client(MakeTransport(), std::move(api), *account->sts_gate, account->keys);
  RpcCall call{"GetCallerIdentity", {}, Effect::kRead, Subject::kAccount};
  auto task = client.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) {
    if (IsPersonal(answer.error())) co_return std::unexpected(std::move(answer.error()));
    co_return AccountUnverified{std::move(answer.error())};
  }
  std::string actual = TextOf(*answer, "AccountId");
  if (!actual.empty()) co_return Compare(account->cloud, std::move(actual));
  Error error;
  error.code = "IncompleteAnswer";
  error.message = "GetCallerIdentity names no account";
  error.operation = "sts:GetCallerIdentity";
  co_return AccountUnverified{std::move(error)};
}

bool AlibabaConnector::IsIdentified(const Account& account, std::string_view key_id) const {
  if (!account.identity || account.asked_key != key_id) return false;
  return !std::holds_alternative<AccountUnverified>(*account.identity) ||
         deps_.clock.Now() - account.asked_at < options_.identity_pause;
}

Task<Result<AccountIdentity>> AlibabaConnector::Identify(CallContext context, AccountPtr account) {
  std::string key_id;
  while (true) {
    auto get = account->keys->Get(context);
    auto key = co_await get;
    if (!key) co_return std::unexpected(std::move(key.error()));
    key_id = std::move(key->access_key_id);
    if (IsIdentified(*account, key_id)) co_return *account->identity;
    if (!account->flight.busy()) break;
    auto wait = account->flight.Join();
    auto joined = co_await wait;
    if (!joined && !IsPersonal(joined.error())) co_return joined;
  }
  SingleFlight<Result<AccountIdentity>>::Landing landing(account->flight);
  auto ask = AskIdentity(std::move(context), account);
  auto result = co_await ask;
  if (result) {
    account->identity = *result;
    if (!std::holds_alternative<AccountUnverified>(*result)) {
      *account->identified = {key_id, AccountName(*result, *account->config)};
    }
    account->asked_key = std::move(key_id);
    account->asked_at = deps_.clock.Now();
  }
  landing.Land(result);
  co_return result;
}

std::shared_ptr<InstanceProvider> AlibabaConnector::Build(const Account& account, Kind kind,
                                                          const Domain& domain,
                                                          const HttpEndpoint& endpoint) {
  CallGate& gate = deps_.gates.GateFor(domain);
  AccountGuard guard{account.identified, domain.account};
  if (kind == Kind::kOutboundBotInstance) {
    RpcApi api{domain.service, std::string(kOutboundBotVersion), account.region, endpoint,
               OutboundBotErrors()};
    return std::make_shared<OutboundBotProvider>(
        RpcClient(MakeTransport(), std::move(api), gate, account.keys, std::move(guard)));
  }
  RpcApi api{domain.service, std::string(kCccVersion), account.region, endpoint, CccErrors()};
  const PersonalData personal =
      account.config->spec.expose_personal_data ? PersonalData::kShow : PersonalData::kHide;
  return std::make_shared<CccProvider>(
      RpcClient(MakeTransport(), std::move(api), gate, account.keys, std::move(guard)),
      CccOptions{options_.ccc_ready_states, personal});
}

Result<Connection> AlibabaConnector::Provide(Account& account, Kind kind,
                                             const AccountIdentity& identity) {
  Domain domain{std::string(ServiceOf(kind)), AccountName(identity, *account.config),
                account.region};
  Account::Provided& provided = account.providers[kind];
  if (!provided.provider || provided.domain != domain) {
    auto endpoint =
        ResolveEndpoint(domain.service, account.region, account.cloud, deps_.environment);
    if (!endpoint) return std::unexpected(std::move(endpoint.error()));
    provided = {domain, Build(account, kind, domain, *endpoint)};
  }
  return Connection{std::move(domain), identity, provided.provider};
}

Task<Result<Connection>> AlibabaConnector::Connect(CallContext context, Kind kind,
                                                   ProviderConfigPtr config) {
  if (kind != Kind::kCloudCallCenterInstance && kind != Kind::kOutboundBotInstance) {
    co_return Fail(ErrorClass::kValidation, "WrongKind",
                   fmt::format("{} is not a kind of Alibaba Cloud", ToString(kind)));
  }
  auto account = AccountFor(config);
  if (!account) co_return std::unexpected(std::move(account.error()));
  auto identify = Identify(std::move(context), *account);
  auto identity = co_await identify;
  if (!identity) co_return std::unexpected(std::move(identity.error()));
  co_return Provide(**account, kind, *identity);
}

}  // namespace instanced::alibaba
