#include "controller/reconcile/pass.h"

namespace instanced {

Task<std::optional<Decision>> Pass::Connect() {
  const auto& key = object_->meta.key;
  config_ = r_.deps_.cache.FindProviderConfig(key.namespace_, object_->spec.provider_config_ref);
  if (!config_) {
    co_return Hold{Reason::kProviderConfigMissing,
                   "ProviderConfig " + key.namespace_ + "/" + object_->spec.provider_config_ref +
                       " does not exist; goes on when it appears",
                   {}};
  }
  const auto refused = r_.breaker_.Ask(Credential(), Now());
  if (refused) {
    track_->cooldown = Cooldown{refused->error, refused->until};
    co_return Hold{Reason::kAuthFailed,
                   "the credential of ProviderConfig " + config_->meta.key.name + " is refused (" +
                       refused->error.code + ": " + refused->error.message +
                       "); another object probes it",
                   refused->until};
  }
  auto connecting = r_.deps_.providers.Connect(Context(), key.kind, config_);
  auto connected = co_await connecting;
  if (!connected) {
    NoteFailure(connected.error());
    if (connected.error().error_class == ErrorClass::kValidation) {
      co_return Hold{Reason::kProviderConfigInvalid, connected.error().message, {}};
    }
    co_return Retry{std::move(connected.error())};
  }
  connection_ = std::move(*connected);
  co_return std::nullopt;
}

}  // namespace instanced
