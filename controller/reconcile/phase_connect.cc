#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/pass.h"

namespace instanced {
namespace {

// What a schema of our own would have refused at the source. What is to be deleted may be wrong.
std::optional<Decision> RefuseParameters(const ParameterRules& rules,
                                         const nlohmann::json& parameters) {
  const auto problems = rules.Check(parameters);
  if (problems.empty()) return std::nullopt;
  std::string text;
  for (const auto& problem : problems) text.append(text.empty() ? "" : "; ").append(problem);
  return Hold{Reason::kInvalid, std::move(text) + "; correct the manifest", {}};
}

}  // namespace

Task<std::optional<Decision>> Pass::Connect() {
  const auto& key = object_->meta.key;
  config_ = r_.deps_.cache.FindProviderConfig(key.namespace_, object_->spec.provider_config_ref);
  if (!config_) {
    co_return Hold{Reason::kProviderConfigMissing,
                   "ProviderConfig " + key.namespace_ + "/" + object_->spec.provider_config_ref +
                       " does not exist; continues once it exists",
                   {}};
  }
  const auto refused = r_.breaker_.Ask(Credential(), Now());
  if (refused) {
    track_->cooldown = Cooldown{refused->error, refused->until};
    co_return Hold{Reason::kAuthFailed,
                   "the credential of ProviderConfig " + config_->meta.key.name + " is refused (" +
                       refused->error.code + ": " + refused->error.message +
                       "); one object retries it every 5 minutes for all that share it",
                   refused->until};
  }
  auto connecting = r_.deps_.providers.Connect(Context(), key.kind, config_);
  auto connected = co_await connecting;
  if (!connected) {
    NoteFailure(connected.error());
    if (connected.error().error_class == ErrorClass::kValidation) {
      const auto reason =
          object_->spec.plugin.empty() ? Reason::kProviderConfigInvalid : Reason::kInvalid;
      co_return Hold{reason, connected.error().message, {}};
    }
    co_return Retry{std::move(connected.error())};
  }
  const bool told = !std::holds_alternative<AccountUnverified>(connected->identity);
  if (told && r_.deps_.fence.scope() == Scope::kSomeDomains && domain_ != connected->domain) {
    // Named, or another's, only since the right to act was asked for.
    co_return Retry{
        Fail(ErrorClass::kWriteConflict, "Changed", "the account changed during the pass").error()};
  }
  connection_ = std::move(*connected);
  if (const auto* other = std::get_if<AccountMismatch>(&connection_->identity)) {
    const auto held = r_.deps_.guards.HoldObject(BrakeCause::kAccountMismatch, *object_);
    if (std::holds_alternative<BrakeOff>(held)) {
      connection_->identity = AccountVerified{other->actual};
    }
  }
  if (!connection_->rules || object_->meta.IsDeleting()) co_return std::nullopt;
  co_return RefuseParameters(*connection_->rules, Parameters());
}

}  // namespace instanced
