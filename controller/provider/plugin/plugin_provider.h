// PluginProvider: the provider seam over one plugin's session.
//
// Threads: the loop's. Ownership: session and gate outlive every call in flight; the schema is
// shared with the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/plugin/plugin_session.h"
#include "controller/provider/provider.h"

namespace instanced::plugin {

class PluginProvider final : public InstanceProvider {
 public:
  // Which attempt of an object is recorded.
  using AttemptOf = std::function<std::int64_t(const ObjectKey&)>;
  PluginProvider(PluginSession& session, CallGate& gate, std::shared_ptr<const PluginSchema> schema,
                 AttemptOf attempt_of)
      : session_(session),
        gate_(gate),
        schema_(std::move(schema)),
        attempt_of_(std::move(attempt_of)) {}

  Result<std::string> EncodeCreate(const CreateInput& input) const override;
  Task<Result<Created>> Create(CallContext context, std::string request) override;
  Task<Result<Observation>> Observe(CallContext context, std::string external_name) override;
  Task<Result<void>> Update(CallContext context, UpdateInput input) override;
  Task<Result<void>> Delete(CallContext context, std::string external_name,
                            std::string token) override;
  Task<Result<ListPage>> List(CallContext context, std::string page) override;

 private:
  using Exchanged = PluginSession::Exchanged;
  Task<Result<Exchanged>> Exchange(CallContext context, Verb verb, std::string request);
  // Tells the gate and the history how the call ended.
  template <class T>
  Result<T> Conclude(const CallContext& context, Verb verb, const Exchanged& exchanged,
                     Result<Answered<T>> decoded) const;

  PluginSession& session_;
  CallGate& gate_;
  std::shared_ptr<const PluginSchema> schema_;
  AttemptOf attempt_of_;
};

}  // namespace instanced::plugin
