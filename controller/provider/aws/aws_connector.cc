#include "controller/provider/aws/aws_connector.h"

#include <utility>

#include "controller/provider/aws/aws_endpoints.h"
#include "controller/provider/aws/aws_region.h"
#include "controller/provider/aws/connect/connect_provider.h"
#include "controller/provider/aws/credentials/credential_chain.h"
#include "controller/provider/aws/rest_json_client.h"
#include "controller/provider/aws/sts.h"
#include "controller/provider/aws/supplychain/supplychain_provider.h"
#include "controller/task/completion.h"

namespace instanced::aws {
namespace {

AwsService StsService() {
  return {.name = "sts", .classify = ClassifySts, .parse_failure = ParseStsFailure};
}

Result<HttpEndpoint> TokenService(const ProviderConfigObject& config,
                                  const EnvironmentVariables& environment,
                                  std::string_view region) {
  auto sts = ResolveEndpoint(config, environment, "sts", region);
  if (sts && sts->base_path.ends_with('/')) sts->base_path.pop_back();
  return sts;
}

std::string EntryKey(const ProviderConfigObject& config) {
  return config.meta.uid + "/" + config.meta.key.namespace_ + "/" + config.meta.key.name;
}

// Moved to another folder, a relative path of a credential means another file.
bool SaysTheSame(const ProviderConfigObject& one, const ProviderConfigObject& other) {
  return one.meta.generation == other.meta.generation && one.base_directory == other.base_directory;
}

std::string UnverifiedAccount(const ProviderConfigObject& config) {
  return "unverified:" + config.meta.uid;
}

}  // namespace

// What all providers of one ProviderConfig generation share. Providers keep it alive through its
// parts, so it must not hold them.
struct AwsConnector::Account {
  Account(ProviderConfigPtr from, std::string in_region, const AwsConnectorDeps& deps,
          const AwsConnectorOptions& options, HttpEndpoint sts, Result<HttpEndpoint> token_exchange,
          std::shared_ptr<ClockSkew> skew)
      : config(std::move(from)),
        region(std::move(in_region)),
        sts_transport(
            StsService(), region,
            AwsTransportDeps{deps.http, deps.clock,
                             deps.gates.GateFor({"sts", UnverifiedAccount(*config), region}),
                             deps.unknown_codes},
            std::move(skew), options.transport),
        tools{.http = deps.http,
              .clock = deps.clock,
              .random = deps.random,
              .files = deps.files,
              .environment = deps.environment,
              .sts_transport = sts_transport,
              .sts = std::move(sts),
              .token_exchange = std::move(token_exchange),
              .metadata_deadline = options.metadata_deadline},
        credentials(MakeFetcher(tools, deps.secrets, config), deps.clock, options.credentials) {}
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  AccountIdentity Judge(const std::string& actual) const {
    const std::string declared = config->spec.aws ? config->spec.aws->account_id : std::string();
    if (declared.empty() || declared == actual) return AccountVerified{actual};
    return AccountMismatch{declared, actual};
  }
  std::string DomainAccount() const {
    if (const auto* verified = std::get_if<AccountVerified>(&identity)) return verified->account_id;
    if (const auto* other = std::get_if<AccountMismatch>(&identity)) return other->actual;
    return UnverifiedAccount(*config);
  }

  ProviderConfigPtr config;
  std::string region;
  AwsTransport sts_transport;
  CredentialTools tools;
  CredentialCache credentials;

  IdentifiedKey identified;  // what `identity` was answered for
  AccountIdentity identity = AccountUnverified{};
  std::string asked_for;  // the access key asked for last, answered or not
  MonotonicTime asked_at{};
  enum class Asking { kNo, kYes } asking = Asking::kNo;
  std::vector<Completion<std::monostate>> waiters;
};

AwsConnector::AwsConnector(AwsConnectorDeps deps, AwsConnectorOptions options)
    : deps_(std::move(deps)), options_(options) {}
AwsConnector::~AwsConnector() = default;

void AwsConnector::Invalidate() {
  for (auto& [key, entry] : entries_) {
    entry.account->credentials.Invalidate();
    entry.account->asked_for.clear();
  }
}

std::shared_ptr<ClockSkew> AwsConnector::SkewOf(const HttpOrigin& origin) {
  auto& skew = skews_[origin];
  if (!skew) skew = std::make_shared<ClockSkew>();
  return skew;
}

Result<AwsConnector::AccountPtr> AwsConnector::MakeAccount(const ProviderConfigPtr& config) {
  if (!config->spec.aws && config->spec.alibaba) {
    return Fail(ErrorClass::kValidation, "NoAwsConfig",
                "ProviderConfig " + config->meta.key.name + " has no spec.aws");
  }
  auto region = ResolveRegion(*config, deps_.environment);
  if (!region) return std::unexpected(region.error());
  auto sts = TokenService(*config, deps_.environment, *region);
  if (!sts) return std::unexpected(sts.error());
  auto trusted = TokenService(ProviderConfigObject{}, deps_.environment, *region);
  auto skew = SkewOf(sts->origin);
  return std::make_shared<Account>(config, std::move(*region), deps_, options_, std::move(*sts),
                                   std::move(trusted), std::move(skew));
}

Result<AwsConnector::AccountPtr> AwsConnector::AccountFor(const ProviderConfigPtr& config) {
  const std::string key = EntryKey(*config);
  const auto it = entries_.find(key);
  if (it != entries_.end() && SaysTheSame(*it->second.account->config, *config)) {
    return it->second.account;
  }
  auto account = MakeAccount(config);
  if (account) entries_[key] = Entry{*account, {}};
  return account;
}

Task<Result<void>> AwsConnector::Identify(CallContext context, AccountPtr account) {
  auto getting = account->credentials.Get(context);
  auto credentials = co_await getting;
  if (!credentials) co_return std::unexpected(credentials.error());
  if (account->asking == Account::Asking::kYes) {
    Completion<std::monostate> answered;
    account->waiters.push_back(answered);
    co_await answered;
    // The one who asked was told to stop; that says nothing about us.
    const auto* unverified = std::get_if<AccountUnverified>(&account->identity);
    const bool theirs = unverified && unverified->cause.error_class == ErrorClass::kCancelled &&
                        !context.stop.StopRequested();
    if (!theirs) co_return Result<void>{};
    auto again = Identify(std::move(context), std::move(account));
    co_return co_await again;
  }
  const bool same = account->asked_for == credentials->access_key_id;
  const bool unanswered = std::holds_alternative<AccountUnverified>(account->identity);
  const bool again = unanswered && deps_.clock.Now() >= account->asked_at + options_.identity_gap;
  if (same && !again) co_return Result<void>{};
  auto asking = AskIdentity(std::move(context), std::move(account), std::move(*credentials));
  co_await asking;
  co_return Result<void>{};
}

Task<void> AwsConnector::AskIdentity(CallContext context, AccountPtr account,
                                     AwsCredentials credentials) {
  const std::string access_key_id = credentials.access_key_id;
  ApiCall call{.operation = "GetCallerIdentity",
               .effect = Effect::kRead,
               .request = GetCallerIdentityRequest(account->tools.sts)};
  account->asking = Account::Asking::kYes;
  auto sending =
      account->sts_transport.Send(std::move(context), std::move(call), std::move(credentials));
  const auto answer = co_await sending;
  account->asking = Account::Asking::kNo;

  Result<CallerIdentity> caller;
  if (answer) {
    caller = ParseCallerIdentity(answer->body);
  } else {
    caller = std::unexpected(answer.error().error);
    const bool auth = caller.error().error_class == ErrorClass::kAuth;
    if (auth && answer.error().hint != AuthHint::kPermission) {
      account->credentials.Refuse(access_key_id);
    }
  }
  const bool asked = caller || (caller.error().error_class != ErrorClass::kDeferred &&
                                caller.error().error_class != ErrorClass::kCancelled);
  account->asked_for = asked ? access_key_id : std::string();
  account->asked_at = deps_.clock.Now();
  if (caller) {
    account->identity = account->Judge(caller->account_id);
    account->identified = {access_key_id, caller->account_id};
  } else {
    account->identity = AccountUnverified{caller.error()};
  }
  for (auto& waiter : std::exchange(account->waiters, {})) waiter.Set(std::monostate{});
}

Result<std::shared_ptr<InstanceProvider>> AwsConnector::MakeProvider(
    const ProviderConfigPtr& config, Kind kind, const AccountPtr& account, const Domain& domain) {
  const AwsService service =
      kind == Kind::kConnectInstance ? ConnectService() : SupplyChainService();
  auto endpoint = ResolveEndpoint(*config, deps_.environment, service.name, account->region);
  if (!endpoint) return std::unexpected(endpoint.error());
  AwsTransport transport(
      service, account->region,
      {deps_.http, deps_.clock, deps_.gates.GateFor(domain), deps_.unknown_codes},
      SkewOf(endpoint->origin), options_.transport);
  RestJsonClient client(std::move(transport), std::move(*endpoint),
                        std::shared_ptr<CredentialCache>(account, &account->credentials),
                        {std::shared_ptr<const IdentifiedKey>(account, &account->identified),
                         account->DomainAccount()});
  AwsLocation location{account->region, account->DomainAccount()};
  const bool unverified = std::holds_alternative<AccountUnverified>(account->identity);
  if (unverified) location.account_id = config->spec.aws ? config->spec.aws->account_id : "";
  if (kind == Kind::kConnectInstance) {
    return std::make_shared<ConnectProvider>(std::move(client), std::move(location));
  }
  return std::make_shared<SupplyChainProvider>(std::move(client), std::move(location));
}

Result<Connection> AwsConnector::ConnectionOf(const ProviderConfigPtr& config, Kind kind) {
  // Found again: another generation may have replaced it while the account was asked.
  const auto account = AccountFor(config);
  if (!account) return std::unexpected(account.error());
  const std::string service = kind == Kind::kConnectInstance ? "connect" : "scn";
  const Domain domain{service, (*account)->DomainAccount(), (*account)->region};
  auto& made = entries_[EntryKey(*config)].providers[kind];
  if (!made.provider || made.domain != domain) {
    auto provider = MakeProvider(config, kind, *account, domain);
    if (!provider) return std::unexpected(provider.error());
    made = Entry::Made{domain, std::move(*provider)};
  }
  return Connection{domain, (*account)->identity, made.provider};
}

Task<Result<Connection>> AwsConnector::Connect(CallContext context, Kind kind,
                                               ProviderConfigPtr config) {
  if (kind != Kind::kConnectInstance && kind != Kind::kSupplyChainInstance) {
    co_return Fail(ErrorClass::kTerminal, "WrongCloud",
                   std::string(ToString(kind)) + " is no kind of AWS");
  }
  auto account = AccountFor(config);
  if (!account) co_return std::unexpected(account.error());
  auto identifying = Identify(std::move(context), std::move(*account));
  const auto identified = co_await identifying;
  if (!identified) co_return std::unexpected(identified.error());
  co_return ConnectionOf(config, kind);
}

}  // namespace instanced::aws
